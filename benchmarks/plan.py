"""What the load generator's viewers do: rooms, the viewers of each, and the questions they answer (benchmarks/load/answers_load.c)."""

from dataclasses import dataclass
from pathlib import Path

OPTIONS = 4
"""Options of every question."""


@dataclass(frozen=True, slots=True)
class PlannedRoom:
    """One room: its code, how many viewers enter it, and the ids of its open questions in the order they are answered."""

    code: str
    viewers: int
    questions: tuple[str, ...]


def make_rooms(rooms: int, viewers: int, questions: int) -> list[PlannedRoom]:
    """Rooms for the servers that take whatever ids they are given: `qn_` and a number of 13 digits, as long as Turnout's."""
    return [
        PlannedRoom(f"ROOM{room:04d}", viewers, tuple(f"qn_{room * questions + number + 1:013d}" for number in range(questions)))
        for room in range(rooms)
    ]


def write_plan(rooms: list[PlannedRoom], path: Path) -> None:
    """The text the load generator reads."""
    lines = []
    for room in rooms:
        lines.append(f"room {room.code} {room.viewers}")
        lines.extend(f"question {question} {OPTIONS}" for question in room.questions)
    path.write_text("\n".join(lines) + "\n")


def read_plan(path: Path) -> list[PlannedRoom]:
    """The rooms of a plan file."""
    rooms: list[tuple[str, int, list[str]]] = []
    for line in path.read_text().splitlines():
        word, name, number = line.split()
        if word == "room":
            rooms.append((name, int(number), []))
        else:
            rooms[-1][2].append(name)
    return [PlannedRoom(code, viewers, tuple(questions)) for code, viewers, questions in rooms]
