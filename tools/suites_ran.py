"""Reads the reports of `make test` and fails, by name, for a suite that did not run.

A suite that is missing, or a test that was skipped, looks green to pytest; here it is a failure. Usage: suites_ran.py PYTEST_XML VITEST_XML
"""

import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Case:
    """One test that was collected: its dotted module, its name with parameters, and whether it was skipped."""

    module: str
    name: str
    skipped: bool


def _in_folder(folder: str) -> Callable[[Case], bool]:
    return lambda case: case.module.startswith(f"tests.{folder}.")


def _on_postgres(case: Case) -> bool:
    return re.search(r"postgres", f"{case.module} {case.name}", re.IGNORECASE) is not None


SUITES: dict[str, Callable[[Case], bool]] = {
    "rules": _in_folder("rules"),
    "dialects (the contracts' samples)": _in_folder("dialects"),
    "flows": _in_folder("flows"),
    "suites (every implementation of a seam)": _in_folder("suites"),
    "PostgreSQL": _on_postgres,
    "races": _in_folder("races"),
    "crashes": _in_folder("crashes"),
    "browser": _in_folder("browser"),
}


def read_cases(report: Path) -> list[Case]:
    """Every test case of a JUnit report."""
    cases = ET.parse(report).getroot().iter("testcase")  # noqa: S314 # our own report, written a moment ago
    return [Case(case.get("classname", ""), case.get("name", ""), case.find("skipped") is not None) for case in cases]


def find_gaps(python: list[Case], web: list[Case]) -> list[str]:
    """One sentence for each suite without a test that ran, and for each test that was skipped."""
    gaps = [f"no test of {name} ran" for name, belongs in SUITES.items() if not any(belongs(case) and not case.skipped for case in python)]
    if not any(not case.skipped for case in web):
        gaps.append("no test of the web client ran")
    gaps.extend(f"skipped: {case.module} {case.name}" for case in (*python, *web) if case.skipped)
    return gaps


def main(python_report: str, web_report: str) -> int:
    """Prints how many tests of each suite ran; the exit status."""
    python, web = read_cases(Path(python_report)), read_cases(Path(web_report))
    for name, belongs in SUITES.items():
        print(f"{sum(belongs(case) for case in python):5} {name}")
    print(f"{len(web):5} web client")
    gaps = find_gaps(python, web)
    for gap in gaps:
        print(f"suites_ran: {gap}", file=sys.stderr)
    return 1 if gaps else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
