"""What the figures were measured on. No name of a machine, a person or a path is in it."""

import os
import platform
import sqlite3
import time
from collections.abc import Collection
from importlib.metadata import version
from pathlib import Path
from statistics import median

_PACKAGES = ("aiohttp", "picows", "uvicorn", "uvloop", "litestar", "msgspec", "SQLAlchemy", "fastapi", "websockets")


def describe_machine(folder: Path) -> dict[str, object]:
    """The machine as far as it bears on the figures; `folder` is where the databases are written."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "file_system": _file_system(folder),
        "fdatasync_ms": round(_sync_ms(folder), 3),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "packages": {name: version(name) for name in _PACKAGES},
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _file_system(folder: Path) -> str:
    """The type of the file system with the longest mount point above the folder."""
    found = ("", "unknown")
    for line in Path("/proc/mounts").read_text().splitlines():
        _, point, kind, *_ = line.split()
        if folder.resolve().is_relative_to(point) and len(point) >= len(found[0]):
            found = (point, kind)
    return found[1]


def _sync_ms(folder: Path) -> float:
    """Median milliseconds of one 4 KiB append with fdatasync: the floor under every commit."""
    path = folder / "sync-probe"
    times = []
    with path.open("wb", buffering=0) as file:
        for _ in range(100):
            began = time.perf_counter()
            file.write(bytes(4096))
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - began)
    path.unlink()
    return median(times) * 1000


def wait_until_quiet(busy_cores: float, give_up_s: float) -> bool:
    """Returns once the whole machine was busy for less than this many cores during a second, or when the time is up: whether it was."""
    until = time.monotonic() + give_up_s
    while time.monotonic() < until:
        before = busy_seconds()
        time.sleep(1)
        if busy_seconds() - before < busy_cores:
            return True
    return False


def cpu_seconds_of(process_ids: Collection[int]) -> float:
    """User and system time of these processes and their children, all their threads (proc(5): stat, fields 4, 14 and 15)."""
    spent = 0.0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        if int(path.parent.name) in process_ids or int(fields[1]) in process_ids:
            spent += int(fields[11]) + int(fields[12])
    return spent / os.sysconf("SC_CLK_TCK")


def busy_seconds() -> float:
    """Seconds in which processors did anything since the start (proc(5): stat)."""
    user, nice, system, _idle, _waiting, irq, soft_irq, _stolen = _processor_ticks()
    return (user + nice + system + irq + soft_irq) / os.sysconf("SC_CLK_TCK")


def stolen_seconds() -> float:
    """Seconds that the host of a virtual machine kept from it while it had work, since the start."""
    return _processor_ticks()[7] / os.sysconf("SC_CLK_TCK")


def _processor_ticks() -> list[int]:
    return list(map(int, Path("/proc/stat").read_text().split()[1:9]))
