"""Struct types are known before threads read values of them: otherwise two that meet a type for the first time bring the process down."""

import subprocess
import sys
from enum import Enum
from pathlib import Path

import msgspec

from turnout.client import NativeClient
from turnout.kernel.struct_types import know_struct_types
from turnout.storage.sqlite import SqliteDatabase

KNOWN = "__msgspec_cache__"  # what msgspec leaves at an enumeration once it knows a type with a field of it

THREADS_THAT_MEET = """
import sys, threading
from enum import Enum
import msgspec
from turnout.kernel.struct_types import know_struct_types

sys.setswitchinterval(1e-6)
for turn in range(200):
    fields = [(f"f{i}", Enum(f"E{turn}_{i}", {"A": "a", "B": "b"})) for i in range(12)]
    values, form = {name: "a" for name, _ in fields}, msgspec.defstruct(f"S{turn}", fields)
    know_struct_types()
    start = threading.Barrier(8)
    threads = [threading.Thread(target=lambda: (start.wait(), msgspec.convert(values, form))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def test_a_database_knows_the_types_before_it_has_threads(tmp_path: Path) -> None:
    """Whatever struct types are loaded when it is opened."""
    kind = Enum("kind", {"A": "a"})
    form = msgspec.defstruct("Row", [("kind", kind)])
    assert KNOWN not in vars(kind)
    database = SqliteDatabase(tmp_path / "types.db")
    try:
        assert KNOWN in vars(kind)
        assert msgspec.convert({"kind": "a"}, form) == form(kind("a"))
    finally:
        database.close()


def test_a_client_knows_them_too() -> None:
    """A customer's program may have one client in each of its threads."""
    kind = Enum("kind", {"A": "a"})
    form = msgspec.defstruct("Reply", [("kind", kind)])
    client = NativeClient("http://127.0.0.1:1", "key")
    try:
        assert KNOWN in vars(kind)
        assert msgspec.json.decode(b'{"kind":"a"}', type=form) == form(kind("a"))
    finally:
        client.close()


def test_a_type_that_cannot_be_read_is_no_obstacle() -> None:
    """A union of two untagged structs can be written alone; the types after it are known all the same."""
    one, other = msgspec.defstruct("One", [("a", int)]), msgspec.defstruct("Other", [("b", int)])
    unreadable = msgspec.defstruct("Unreadable", [("either", one | other)])
    kind = Enum("kind", {"A": "a"})
    form = msgspec.defstruct("After", [("kind", kind)])
    know_struct_types()
    assert KNOWN in vars(kind)
    assert msgspec.json.encode([unreadable(one(1)), form(kind("a"))]) == b'[{"either":{"a":1}},{"kind":"a"}]'


def test_threads_that_read_a_known_type_for_the_first_time() -> None:
    """Eight at once, two hundred times, with the interpreter changing threads as often as it can. Without knowing the types first it ends
    with a segmentation fault."""
    ended = subprocess.run((sys.executable, "-X", "faulthandler", "-c", THREADS_THAT_MEET), capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-4000:]
