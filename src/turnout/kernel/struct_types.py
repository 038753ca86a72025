"""Struct types are made known to msgspec before threads share them.

msgspec works out what a type's fields hold when it first reads a value into it, and runs Python code meanwhile, so another thread can come
in between: that one finds a description without its fields and brings the process down (seen with 0.22.0: segmentation fault in `convert`,
in 2 of 400 starts of a server on PostgreSQL whose first requests read the same row type at once). A type that is known is only read.
"""

import threading

import msgspec

_lock = threading.Lock()
_known: set[type[msgspec.Struct]] = set()


def know_struct_types() -> None:
    """Makes every struct type loaded so far known. To be called before other threads read values; again costs next to nothing."""
    with _lock:
        waiting = [msgspec.Struct]
        while waiting:
            for found in waiting.pop().__subclasses__():
                waiting.append(found)
                if found not in _known:
                    _know(found)
                    _known.add(found)


def _know(one: type[msgspec.Struct]) -> None:
    try:
        msgspec.json.Decoder(one)
    except (TypeError, NameError):
        return  # one that is only written, with fields msgspec cannot read: it says so again to whoever tries
