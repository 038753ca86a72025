"""What the load generator's viewers do: rooms, the viewers of each, and the surveys they answer (benchmarks/load/answers_load.c)."""

from dataclasses import dataclass
from pathlib import Path

OPTIONS = 4
"""Options of every question."""


EXAM_QUESTIONS = 20
"""Questions of an exam."""

EXAM_EVERY = 10
"""With exams in the mix, one survey in so many is one."""


@dataclass(frozen=True, slots=True)
class PlannedSurvey:
    """One open survey and its questions, all of them choices."""

    id: str
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlannedRoom:
    """One room: its code, how many viewers enter it, and its open surveys in the order they are answered."""

    code: str
    viewers: int
    surveys: tuple[PlannedSurvey, ...]


def questions_of(number: int, *, exams: bool) -> int:
    """How many questions a room's survey with this number has."""
    return EXAM_QUESTIONS if exams and number % EXAM_EVERY == EXAM_EVERY - 1 else 1


def make_rooms(rooms: int, viewers: int, surveys: int, *, exams: bool = False) -> list[PlannedRoom]:
    """Rooms for the servers that take whatever ids they are given: `sv_` or `qn_` and 13 digits, as long as Turnout's."""
    return [
        PlannedRoom(f"ROOM{room:04d}", viewers, tuple(_survey(room * surveys + number, exams) for number in range(surveys)))
        for room in range(rooms)
    ]


def _survey(number: int, exams: bool) -> PlannedSurvey:
    first = number * EXAM_QUESTIONS + 1
    return PlannedSurvey(f"sv_{number + 1:013d}", tuple(f"qn_{first + place:013d}" for place in range(questions_of(number, exams=exams))))


def write_plan(rooms: list[PlannedRoom], path: Path) -> None:
    """The text the load generator reads."""
    lines = []
    for room in rooms:
        lines.append(f"room {room.code} {room.viewers}")
        lines.extend(f"survey {survey.id} {OPTIONS} {' '.join(survey.questions)}" for survey in room.surveys)
    path.write_text("\n".join(lines) + "\n")


def read_plan(path: Path) -> list[PlannedRoom]:
    """The rooms of a plan file."""
    rooms: list[tuple[str, int, list[PlannedSurvey]]] = []
    for line in path.read_text().splitlines():
        word, name, number, *questions = line.split()
        if word == "room":
            rooms.append((name, int(number), []))
        else:
            rooms[-1][2].append(PlannedSurvey(name, tuple(questions)))
    return [PlannedRoom(code, viewers, tuple(surveys)) for code, viewers, surveys in rooms]
