"""Where a phone beside this machine finds it: its address in the local network, and a QR code in the terminal."""

import socket

import segno
from rich.text import Text

_NOWHERE = ("192.0.2.1", 9)  # an address of documentation (RFC 5737); connecting a datagram socket sends nothing


def local_address() -> str:
    """This machine's IPv4 address towards the rest of the network; 127.0.0.1 when it is in none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_NOWHERE)
        except OSError:
            return "127.0.0.1"
        address: str = probe.getsockname()[0]
    return address


def free_port(host: str, wanted: int | None = None) -> int:
    """The wanted port when nobody listens there, else one nobody listens on at this moment."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in (wanted or 0, 0):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    raise OSError(f"no port of {host} can be used")


def qr_code(text: str) -> Text:
    """The text as a QR code of half blocks, two modules a letter, black on white whatever the terminal's colours are."""
    rows = [list(row) for row in segno.make(text, error="m", micro=False).matrix_iter(scale=1, border=2)]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    lines = [
        "".join(
            {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}[bool(upper), bool(lower)] for upper, lower in zip(top, bottom, strict=True)
        )
        for top, bottom in zip(rows[::2], rows[1::2], strict=True)
    ]
    return Text("\n".join(lines), style="black on white", no_wrap=True)
