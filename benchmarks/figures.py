"""The figures of docs/performance.md, made from benchmarks/results, so that no number stands there that nobody measured.

`make bench` writes them after measuring; tests/test_project.py fails when page and results differ.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
PAGE = Path(__file__).parent.parent / "docs" / "performance.md"

Report = dict[str, Any]

_SUBJECTS = {
    "turnout": "Turnout",
    "limit": "the bare loop",
    "baseline": "the usual server",
    "turnout_exams": "Turnout, exams in the mix",
    "limit_exams": "the bare loop, the same mix",
    "turnout_postgres": "Turnout on PostgreSQL",
    "limit_postgres": "the bare loop on PostgreSQL",
}
_SENDERS = {
    "turnout": "Turnout",
    "limit": "the bare loop",
    "turnout_one": "Turnout, to one endpoint",
    "limit_one": "the bare loop, to one endpoint",
    "turnout_postgres": "Turnout on PostgreSQL",
}
_BROADCASTERS = {"turnout": "Turnout", "nchan": "nginx with nchan", "asgi": "the usual ASGI broadcast"}


def _answers(report: Report) -> list[str]:
    lines = ["| | acknowledged answers/s | p50 | p99 | of its core |", "| --- | ---: | ---: | ---: | ---: |"]
    for subject, row in report["medians"].items():
        cells = [f"{row['accepted_per_s']:,.0f}", f"{row['p50_ms']:,.0f} ms", f"{row['p99_ms']:,.0f} ms", f"{row['server_share']:.0%}"]
        lines.append(f"| {_SUBJECTS[subject]} | {' | '.join(cells)} |")
    ratios, half = report["ratios"], report["at_half_rate"]
    return [
        *lines,
        "",
        f"Turnout reaches **{ratios['of_limit']:.2f} of the bare loop** on SQLite, {ratios['of_limit_exams']:.2f} with exams in the mix, "
        f"**{ratios['of_limit_postgres']:.2f} on PostgreSQL**, and is **{ratios['of_baseline']:.0f} times the usual server**.",
        "",
        f"With answers coming evenly at half of Turnout's top rate, the p99 of an acknowledgement is {half['turnout']['p99_ms']:.1f} ms, "
        f"**{report['p99_ratio']:.1f} times** the bare loop's {half['limit']['p99_ms']:.1f} ms.",
    ]


def _fanout(report: Report) -> list[str]:
    lines = ["| | messages delivered per CPU second | bytes an idle connection takes |", "| --- | ---: | ---: |"]
    for name, title in _BROADCASTERS.items():
        lines.append(f"| {title} | {report['per_cpu_s'][name]:,} | {report['bytes_each'][name]:,} |")
    ratios = report["ratios"]
    return [
        *lines,
        "",
        f"With the same processor time Turnout delivers **{ratios['of_nchan']:.2f} of nchan's** messages, "
        f"and {ratios['of_asgi']:.1f} times the usual broadcast's.",
    ]


def _reconnect(report: Report) -> list[str]:
    seconds, sockets = report["seconds"], report["shape"]["sockets"]
    return [
        f"After a kill and a restart **all {sockets:,} viewers are back within {seconds['resumed']:.1f} s** when they say where they were, "
        f"and within {seconds['with_snapshot']:.1f} s when each needs a whole snapshot; every one of them held the right picture and its "
        "own answers.",
    ]


def _deliveries(report: Report) -> list[str]:
    lines = ["| | deliveries/s | per second of its processor | of its core |", "| --- | ---: | ---: | ---: |"]
    for subject, row in report["medians"].items():
        cells = [f"{row['per_s']:,.0f}", f"{row['per_cpu_s']:,.0f}", f"{row['server_share']:.0%}"]
        lines.append(f"| {_SENDERS[subject]} | {' | '.join(cells)} |")
    ratios, steady, strangers, shape = report["ratios"], report["steady"], report["strangers"], report["shape"]
    healthy = {name: f"{row['p99_ms']:.0f} ms" for name, row in strangers.items()}
    return [
        *lines,
        "",
        f"Turnout delivers **{ratios['of_limit']:.2f} of the bare loop's** calls on SQLite, {ratios['of_limit_one']:.2f} to one endpoint "
        f"alone, and {ratios['of_limit_postgres']:.2f} on PostgreSQL, whose processes are on the same core.",
        "",
        f"At {shape['steady']:g} deliveries a second a call is at its receiver {steady['p50_ms']:.1f} ms after its event (p50), "
        f"{steady['p99_ms']:.1f} ms at the p99.",
        "",
        f"With {shape['endpoints']:,} endpoints, of which a tenth never answers and a tenth answers 500, the healthy ones' p99 is "
        f"{healthy['among']}, and {healthy['without']} without those: **{report['p99_ratio']:.2f} times**, at 30 % of the "
        f"{report['openings']['per_s']:,.0f} deliveries a second that openings through the API lead to at most.",
    ]


def _checkins(report: Report) -> list[str]:
    medians, shape = report["medians"], report["shape"]
    return [
        f"{medians['confirmations']:,.0f} confirmations a second beside {medians['answers']:,.0f} answers a second in the same run, "
        f"{shape['rooms']} rooms of {shape['viewers']:,} viewers, batches of {shape['batch']:,}: **{report['of_answers']:.2f} of the speed "
        "of answers**.",
    ]


def _draws(report: Report) -> list[str]:
    medians, shape = report["medians"], report["shape"]
    return [
        f"A draw of {shape['winners']:,} among {shape['entrants']:,} entrants takes {medians['draw_s']:.1f} s of one processor with tree, "
        f"selection and proof: **{report['of_bare_tree']:.2f} times the bare tree's** {medians['bare_s']:.1f} s. A stranger checks the "
        f"proof of {medians['proof_bytes'] / 2**20:.1f} MiB in {medians['verify_s']:.1f} s.",
    ]


def _first_view(report: Report) -> list[str]:
    medians = report["medians"]
    return [
        f"**{medians['cold_s']:.2f} s** until the name can be typed, {medians['works_s']:.2f} s until the button answers, after "
        f"{report['bytes'] / 1024:.0f} KiB; the first paint with content is at {medians['first_paint_s']:.2f} s, the largest at "
        f"{medians['paint_s']:.2f} s; the cumulative layout shift is {medians['shift']:g}. A viewer who comes back is in the room again "
        f"after {medians['returning_s']:.2f} s.",
    ]


def _screen_heap(report: Report) -> list[str]:
    first, everything, shape = report["first"], report["all"], report["shape"]
    return [
        f"{first['heap_bytes'] / 2**20:.2f} MiB after {shape['first']:,} publications, {everything['heap_bytes'] / 2**20:.2f} MiB after "
        f"{shape['publications']:,}: **{report['growth']:.2f} times**. Nodes of the page: {first['nodes']:,} and {everything['nodes']:,}. "
        f"Beside them came {shape['counts']:,} counts, in {shape['live_sessions']} live sessions.",
    ]


_PARTS: dict[str, Callable[[Report], list[str]]] = {
    "answers": _answers,
    "fanout": _fanout,
    "reconnect": _reconnect,
    "deliveries": _deliveries,
    "checkins": _checkins,
    "draws": _draws,
    "first_view": _first_view,
    "screen_heap": _screen_heap,
}


def load_reports() -> dict[str, Report]:
    """Every report there is, by the name of its part."""
    paths = {name: RESULTS / f"{name}.json" for name in _PARTS}
    return {name: json.loads(path.read_text()) for name, path in paths.items() if path.exists()}


def _measured(report: Report) -> str:
    machine, shape = report["machine"], report["shape"]
    runs = "one run" if shape["rounds"] == 1 else f"medians of {shape['rounds']} rounds"
    window = f" of {shape['seconds']:g} s" if "seconds" in shape else ""
    return (
        f"Measured on {report['measured_at']}: {machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, "
        f"{machine['system'].split('-')[0]}, {machine['file_system']} with {machine['fdatasync_ms']} ms for a 4 KiB flush, "
        f"Python {machine['python']}, SQLite {machine['sqlite']}; {runs}{window}."
    )


def expected_page(page: str, reports: dict[str, Report]) -> str:
    """The page with the reports' figures in their places; what has no report says that it was not measured yet."""
    for name, render in _PARTS.items():
        report = reports.get(name)
        lines = ["Not measured yet."] if report is None else [*render(report), "", _measured(report)]
        place = re.compile(rf"(<!-- {name}: written by make bench -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
        text = "\n".join(["", *lines, "", ""])
        page = place.sub(lambda found, text=text: f"{found[1]}{text}{found[2]}", page)  # type: ignore[misc]  # the default keeps this turn's
    return page


def main() -> None:
    """Writes the figures into the page."""
    PAGE.write_text(expected_page(PAGE.read_text(), load_reports()))


if __name__ == "__main__":
    main()
