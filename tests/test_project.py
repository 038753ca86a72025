"""What must be true of the repository itself: the rules of CONTRIBUTING.md that a program can check."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from benchmarks import figures
from benchmarks.promised import (
    PROMISED_BYTES,
    PROMISED_FIRST_VIEW_S,
    PROMISED_HEAP_GROWTH,
    PROMISED_OF_BARE_CALLS,
    PROMISED_OF_BARE_TREE,
    PROMISED_OF_LIMIT,
    PROMISED_OF_NCHAN,
    PROMISED_P99_AMONG_STRANGERS,
    PROMISED_S,
    PROMISED_WORKS_S,
)
from tools.suites_ran import SUITES, Case, find_gaps
from turnout.kernel.ids import Kind

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "turnout"
MAX_LINES = 400

# Written in pieces, so that this file is not the one place that names them.
PACKAGE_HOSTS = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "registry." + "npm" + "mirror", "deb." + "debian.org"]
MACHINE_PATHS = ["/wo" + "rk/", "/ro" + "ot/", "/fa" + "rm/", "/home/" + "runner"]
UNFINISHED = re.compile("TO" + "DO|FIX" + "ME|XX" + "X|NotImpl" + "ementedError|coming" + " soon")
SKIPPING = re.compile(r"pytest\.(mark\.)?(skip|xfail|importorskip)" + r"|\b(it|test|describe)\.(skip|todo)\b")
BANNED_WORDS = {"utils", "util", "helper", "helpers", "manager", "data", "info", "process"}


@cache
def tracked() -> tuple[Path, ...]:
    """Every file of the repository that is there and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return tuple(sorted(path for name in set(listed.stdout.split("\0")) if name and (path := ROOT / name).is_file()))


def name_of(path: Path) -> str:
    """The path as the repository knows it."""
    return path.relative_to(ROOT).as_posix()


def texts(*suffixes: str) -> Iterator[tuple[str, str]]:
    """Names and contents of the repository's text files, of these suffixes or of all."""
    for path in tracked():
        if not suffixes or path.suffix in suffixes:
            try:
                yield name_of(path), path.read_text()
            except UnicodeDecodeError:
                continue  # a picture


@cache
def syntax_of(path: Path) -> ast.Module:
    """The parsed source."""
    return ast.parse(path.read_text())


def sources(folder: Path) -> list[Path]:
    """The Python files below a folder, migrations apart: those are history, and stay as they were."""
    return [path for path in tracked() if path.suffix == ".py" and path.is_relative_to(folder) and "versions" not in path.parts]


@cache
def project() -> dict[str, object]:
    """The [project] table of pyproject.toml."""
    table: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return table


def requirements() -> list[Requirement]:
    """What the package says it needs, as a client and as a server."""
    extras: dict[str, list[str]] = project()["optional-dependencies"]  # type: ignore[assignment]
    lines: list[str] = project()["dependencies"]  # type: ignore[assignment]
    return [Requirement(line) for line in (*lines, *extras["ed25519"], *extras["verify"], *extras["server"])]


@cache
def locked(name: str) -> dict[str, Version]:
    """The versions in requirements/NAME.txt."""
    lines = re.findall(r"^([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==([^\s;]+)", (ROOT / "requirements" / f"{name}.txt").read_text(), re.MULTILINE)
    return {canonicalize_name(package): Version(version) for package, version in lines}


def test_no_file_names_a_package_host() -> None:
    """Whoever builds it decides where packages come from; a lock with an address in it decides for him."""
    found = [f"{name}: {host}" for name, text in texts() for host in PACKAGE_HOSTS if host in text]

    assert found == []


def test_no_file_names_a_path_of_one_machine() -> None:
    """The repository works wherever it is cloned."""
    found = [f"{name}: {path}" for name, text in texts() for path in MACHINE_PATHS if path in text]

    assert found == []


def test_nothing_is_left_unfinished() -> None:
    """What ships is whole: a gap is written into docs/, where its reader looks, and not into the code."""
    found = [name for name, text in texts(".py", ".ts", ".vue") if name.startswith(("src/", "web/src/")) and UNFINISHED.search(text)]

    assert found == []


def test_no_test_is_skipped() -> None:
    """A test that cannot run here fails by its name; a skipped one looks green."""
    found = [name for name, text in texts(".py", ".ts") if name.startswith(("tests/", "web/")) and SKIPPING.search(text)]

    assert [name for name in found if name != name_of(Path(__file__))] == []


def test_files_stay_readable() -> None:
    """A Python file is one thing. Past the limit, split it by meaning."""
    long = {name_of(path): count for path in sources(ROOT) if (count := len(path.read_text().splitlines())) > MAX_LINES}

    assert long == {}


def test_no_file_is_a_drawer() -> None:
    """A file named utils or helper gathers what nobody placed. Name it after what it holds."""
    found = [name_of(path) for path in tracked() if path.stem.lower().strip("_") in BANNED_WORDS and path.suffix in {".py", ".ts", ".vue"}]

    assert found == []


def test_no_type_is_named_by_an_empty_word() -> None:
    """FooManager, FooInfo and FooData say nothing about what they are; the glossary has words that do. A vendor's field names are his."""
    found = [
        f"{name_of(path)}: {node.name}"
        for path in sources(ROOT)
        if "dialects" not in path.parts
        for node in ast.walk(syntax_of(path))
        if isinstance(node, ast.ClassDef) and re.findall(r"[A-Z][a-z]+", node.name)[-1].lower() in BANNED_WORDS - {"process"}
    ]

    assert found == []


def test_every_module_says_what_it_promises() -> None:
    """A module's docstring is where its reader begins; a test's is the promise it keeps."""
    silent = [name_of(path) for path in sources(PACKAGE) if path.name != "__init__.py" and not ast.get_docstring(syntax_of(path))]
    silent += [
        f"{name_of(path)}: {node.name}"
        for path in sources(ROOT / "tests")
        for node in ast.walk(syntax_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]

    assert silent == []


def test_the_import_contracts_hold() -> None:
    """The dependency rule of CONTRIBUTING.md, as [tool.importlinter] in pyproject.toml writes it."""
    command = [sys.executable, "-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout + result.stderr


def test_sql_is_written_in_stores() -> None:
    """Statements have names and stand in a store.py or in storage; elsewhere SQLAlchemy lends only types: a connection, an error."""
    found = [
        f"{name_of(path)}:{node.lineno}: sa.{node.attr}"
        for path in sources(PACKAGE)
        if "storage" not in path.parts and not path.stem.endswith("store")
        for node in ast.walk(syntax_of(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in {"sa", "sqlalchemy"}
        if node.attr not in {"Connection", "exc"}
    ]

    assert found == []


def imported_packages(folder: Path) -> set[str]:
    """The top-level packages its files import, the standard library's and our own apart."""
    names = set()
    for path in sources(folder):
        for node in ast.walk(syntax_of(path)):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    return names - sys.stdlib_module_names - {"turnout"}


def test_every_import_is_a_declared_requirement() -> None:
    """A package that is only there because another one needs it goes away when that one changes its mind."""
    otherwise_named = {"argon2", "jwt"}  # the modules of argon2-cffi and PyJWT
    declared = {canonicalize_name(requirement.name) for requirement in requirements()} | otherwise_named

    assert {name for name in imported_packages(PACKAGE) if canonicalize_name(name) not in declared} == set()


@pytest.mark.parametrize("name", ["run", "build", "dev", "bench"])
def test_the_lock_has_every_requirement(name: str) -> None:
    """A lock was made from this pyproject.toml: each requirement is in it, at a version it allows."""
    versions = locked(name)

    missing = [
        str(requirement)
        for requirement in requirements()
        if (version := versions.get(canonicalize_name(requirement.name))) is None or version not in requirement.specifier
    ]

    assert missing == [], "run make locks"


@pytest.mark.parametrize("name", ["build", "dev", "bench"])
def test_the_locks_agree(name: str) -> None:
    """What developers test and what benchmarks measure is what operators run."""
    versions = locked(name)

    assert {package: versions.get(package) for package in locked("run")} == locked("run")


@pytest.mark.parametrize("name", ["run", "build", "dev", "bench"])
def test_every_locked_package_has_hashes(name: str) -> None:
    """Nothing is installed that is not byte for byte what was resolved."""
    entries = re.split(r"^(?=[A-Za-z0-9])", (ROOT / "requirements" / f"{name}.txt").read_text(), flags=re.MULTILINE)[1:]

    assert entries
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_web_lock_has_no_addresses() -> None:
    """As with Python: versions and hashes, and no place to fetch them from."""
    packages = json.loads((ROOT / "web" / "package-lock.json").read_text())["packages"]

    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if name and "integrity" not in entry and "link" not in entry] == []


def test_the_makefile_calls_only_what_exists() -> None:
    """A target that fails on a missing script is worse than none."""
    called = set(re.findall(r"\btools/[a-z_]+(?:\.py)?", (ROOT / "Makefile").read_text()))

    assert [name for name in sorted(called) if not (ROOT / name).is_file()] == []


def links_of(text: str) -> set[str]:
    """The relative targets of a page's links and pictures."""
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) + re.findall(r'(?:src|href)="([^"#]+)"', text)
    return {target for target in targets if "://" not in target and not target.startswith("mailto:")}


def test_every_link_between_pages_leads_somewhere() -> None:
    """Documentation that points at nothing is worse than none."""
    broken = [
        f"{name}: {target}"
        for name, text in texts(".md")
        for target in links_of(text)
        if not (ROOT / name).parent.joinpath(target).exists()
    ]

    assert broken == []


def test_every_promise_names_tests_that_exist() -> None:
    """A promise without a test that can fail is a hope (docs/promises.md)."""
    promises = re.split(r"^## ", (ROOT / "docs" / "promises.md").read_text(), flags=re.MULTILINE)[1:]

    assert promises
    for promise in promises:
        title = promise.splitlines()[0]
        named = re.findall(r"`(tests/[^`:]+)(?:::(\w+))?`", promise)
        assert named, f"no test is named for: {title}"
        for path, test in named:
            assert (ROOT / path).exists(), f"{title}: {path} does not exist"
            assert not test or f"def {test}(" in (ROOT / path).read_text(), f"{title}: {path} has no {test}"


def test_every_prefix_of_an_id_is_in_the_glossary() -> None:
    """What an integrator reads off an id; no other prefix is there."""
    listed = re.findall(r"^\| `([a-z]{2})_` \|", (ROOT / "docs" / "glossary.md").read_text(), re.MULTILINE)

    assert sorted(listed) == sorted(kind.value for kind in Kind)


def test_the_figures_are_those_that_were_measured() -> None:
    """docs/performance.md says what benchmarks/results holds, and nothing else; what was measured reaches what is promised."""
    page = figures.PAGE.read_text()
    reports = figures.load_reports()

    assert page == figures.expected_page(page, reports)
    answers = reports["answers"]
    assert f"{answers['medians']['turnout']['accepted_per_s']:,.0f}" in page
    assert min(answers["ratios"]["of_limit"], answers["ratios"]["of_limit_postgres"]) >= PROMISED_OF_LIMIT
    fanout = reports["fanout"]
    assert fanout["ratios"]["of_nchan"] >= PROMISED_OF_NCHAN
    assert fanout["bytes_each"]["turnout"] < PROMISED_BYTES
    reconnect = reports["reconnect"]
    assert max(reconnect["seconds"].values()) <= PROMISED_S
    deliveries = reports["deliveries"]
    assert deliveries["ratios"]["of_limit"] >= PROMISED_OF_BARE_CALLS
    assert deliveries["p99_ratio"] <= PROMISED_P99_AMONG_STRANGERS
    draws = reports["draws"]
    assert draws["of_bare_tree"] <= PROMISED_OF_BARE_TREE
    first_view = reports["first_view"]["medians"]
    assert first_view["cold_s"] < PROMISED_FIRST_VIEW_S
    assert first_view["works_s"] < PROMISED_WORKS_S
    assert max(reports["screen_heap"]["growth"], reports["screen_heap"]["nodes_growth"]) <= PROMISED_HEAP_GROWTH


def test_a_missing_suite_and_a_skipped_test_are_failures() -> None:
    """tools/suites_ran.py, which ends `make test`, names what did not run."""
    ran = [
        Case(f"tests.{folder}.test_x", "test_y", skipped=False) for folder in ("rules", "dialects", "flows", "suites", "races", "browser")
    ]
    ran.append(Case("tests.crashes.test_x", "test_y[postgresql]", skipped=False))
    web = [Case("src/x.spec.ts", "folds", skipped=False)]

    assert find_gaps(ran, web) == []
    assert find_gaps(ran, []) == ["no test of the web client ran"]
    assert find_gaps([], web) == [f"no test of {name} ran" for name in SUITES]
    assert find_gaps([case for case in ran if "browser" not in case.module], web) == ["no test of browser ran"]
    assert find_gaps([*ran, Case("tests.flows.test_z", "test_z", skipped=True)], web) == ["skipped: tests.flows.test_z test_z"]
