"""The figures of docs/performance.md, made from benchmarks/results/answers.json, so that no number stands there that nobody measured.

`make bench` writes them after measuring; tests/test_project.py fails when page and results differ.
"""

import json
import re
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results" / "answers.json"
PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
_PLACE = re.compile(r"(?<=<!-- figures: written by make bench -->\n).*?(?=<!-- end of figures -->)", re.DOTALL)
_NAMES = {"turnout": "Turnout", "limit": "the bare loop", "baseline": "the usual server"}


def render(report: dict[str, Any]) -> str:
    """The table and the sentences under it."""
    lines = ["", "| | acknowledged answers/s | p50 | p99 | of its core |", "| --- | ---: | ---: | ---: | ---: |"]
    for subject, row in report["medians"].items():
        cells = [f"{row['accepted_per_s']:,.0f}", f"{row['p50_ms']:,.0f} ms", f"{row['p99_ms']:,.0f} ms", f"{row['server_share']:.0%}"]
        lines.append(f"| {_NAMES[subject]} | {' | '.join(cells)} |")
    machine, ratios = report["machine"], report["ratios"]
    lines += [
        "",
        f"Turnout reaches **{ratios['of_limit']:.2f} of the bare loop** and is **{ratios['of_baseline']:.0f} times the usual server**.",
        "",
        f"Measured on {report['measured_at']}: {machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, "
        f"{machine['system'].split('-')[0]}, {machine['file_system']} with {machine['fdatasync_ms']} ms for a 4 KiB flush, "
        f"Python {machine['python']}, SQLite {machine['sqlite']}; medians of {report['shape']['rounds']} rounds of "
        f"{report['shape']['seconds']:g} s.",
        "",
    ]
    return "\n".join(lines) + "\n"


def expected_page(page: str, report: dict[str, Any]) -> str:
    """The page with the report's figures in their place."""
    return _PLACE.sub(lambda _: render(report), page)


def main() -> None:
    """Writes the figures into the page."""
    PAGE.write_text(expected_page(PAGE.read_text(), json.loads(RESULTS.read_text())))


if __name__ == "__main__":
    main()
