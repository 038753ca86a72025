# make run      install what is missing to run it and start the demo (ARGS="--viewers 50 --port 9000" passes options on)
# make check    formatting, lint, types, import contracts, the rules' tests: what to run before a commit
# make test     every test: on SQLite, on PostgreSQL, in a browser, through crashes, and the web client's own (WORKERS=6 for more at once)
# make bench    the figures of docs/performance.md, measured here
# make drill    the crash tests with many more instants and sockets
# make web      build the web client        make pictures   take the screens' pictures again (smaller where pngquant is installed)
# make types    write web/openapi.json, docs/asyncapi.json and the web client's types from the server's routes and messages again
# make format   format the Python           make locks      resolve requirements/*.txt again (UPGRADE=--upgrade for newer versions)
# make clean    remove everything that was made

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := run
.DELETE_ON_ERROR:
.PHONY: install run check check-python check-web test bench drill web types pictures format locks clean

PYTHON ?= $(shell tools/find_python)
ARGS ?=
UPGRADE ?=
DRILL_INSTANTS ?= 50
DRILL_VIEWERS ?= 500
WORKERS ?= 4

BIN := .venv/bin
STAMPS := .venv/stamps
REPORTS := .venv/reports
IN_WEB = export PATH="$$(tools/node_home):$$PATH" && cd web &&
PIP = $(BIN)/python -m pip --disable-pip-version-check --quiet

WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -type f -print 2>/dev/null)
WEB_BUILT := src/turnout/server/web/index.html

# A machine may forbid compiled files; without them each of the tests' processes compiles the whole server anew.
unexport PYTHONDONTWRITEBYTECODE

# What is made once and again only when its sources change; a second run finds the stamps and does nothing.

$(BIN)/python:
	python="$(PYTHON)"; test -n "$$python" || { tools/find_python; exit 1; }; "$$python" -m venv .venv

$(STAMPS)/build-packages: requirements/build.txt | $(BIN)/python
	@echo "Installing what Turnout needs into .venv, then its pages' packages into web/node_modules: some minutes, this one time."
	$(PIP) install --require-hashes -r requirements/build.txt
	mkdir -p $(STAMPS) && touch $@

$(STAMPS)/packages: requirements/dev.txt | $(STAMPS)/build-packages
	@echo "Installing what its tests need into .venv."
	$(PIP) install --require-hashes -r requirements/dev.txt
	touch $@

$(STAMPS)/turnout: pyproject.toml | $(STAMPS)/build-packages
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@

$(STAMPS)/bench-packages: requirements/bench.txt $(STAMPS)/packages
	$(PIP) install --require-hashes -r requirements/bench.txt
	touch $@

$(STAMPS)/web-packages: web/package.json web/package-lock.json | $(STAMPS)/build-packages
	$(IN_WEB) npm ci --no-audit --no-fund --loglevel=error
	touch $@

$(WEB_BUILT): $(WEB_SOURCES) $(STAMPS)/web-packages
	$(IN_WEB) npm run --silent build
	touch $@

benchmarks/build/%: benchmarks/load/%.c
	mkdir -p benchmarks/build
	gcc -O2 -Wall -Wextra -Werror -o $@ $<

install: $(STAMPS)/packages $(STAMPS)/turnout $(WEB_BUILT)

web: $(WEB_BUILT)

types: $(STAMPS)/turnout $(STAMPS)/web-packages
	$(BIN)/turnout openapi > web/openapi.json
	$(BIN)/turnout asyncapi > docs/asyncapi.json
	$(IN_WEB) npm run --silent types

run: $(STAMPS)/turnout $(WEB_BUILT)
	exec $(BIN)/turnout demo $(ARGS)

format: $(STAMPS)/packages
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The two halves run side by side. vue-tsc has run by then, in the build; tests/test_project.py holds the import contracts.
check: install
	$(MAKE) --no-print-directory --jobs=2 check-python check-web

check-python:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy --explicit-package-bases tools
	$(BIN)/pytest --quiet tests/rules tests/test_project.py

check-web:
	$(IN_WEB) npm run --silent lint
	$(IN_WEB) npm run --silent check-types

# The reports are read afterwards: a suite that did not run, or a test that was skipped, fails by its name.
test: install
	tools/need_test_programs
	rm -rf $(REPORTS) && mkdir -p $(REPORTS)
	$(BIN)/pytest --numprocesses=$(WORKERS) --dist=loadfile --junit-xml=$(REPORTS)/pytest.xml $(ARGS)
	$(IN_WEB) npm test -- --reporter=default --reporter=junit --outputFile.junit="$(CURDIR)/$(REPORTS)/vitest.xml"
	$(BIN)/python tools/suites_ran.py $(REPORTS)/pytest.xml $(REPORTS)/vitest.xml

drill: install
	tools/need_test_programs
	TURNOUT_DRILL_INSTANTS=$(DRILL_INSTANTS) TURNOUT_DRILL_VIEWERS=$(DRILL_VIEWERS) $(BIN)/pytest tests/crashes $(ARGS)

bench: install $(STAMPS)/bench-packages benchmarks/build/answers_load benchmarks/build/callback_receiver
	$(BIN)/mypy --explicit-package-bases benchmarks
	tools/need_bench_programs
	tools/need_test_programs
	$(BIN)/python -m benchmarks.answers $(ARGS)
	$(BIN)/python -m benchmarks.fanout
	$(BIN)/python -m benchmarks.reconnect
	$(BIN)/python -m benchmarks.deliveries
	$(BIN)/python -m benchmarks.checkins
	$(BIN)/python -m benchmarks.draws
	$(BIN)/python -m benchmarks.first_view
	$(BIN)/python -m benchmarks.screen_heap
	$(BIN)/python -m benchmarks.figures

pictures: install
	tools/need_test_programs
	$(BIN)/python -m tools.pictures $(ARGS)

locks: $(STAMPS)/packages
	$(BIN)/python tools/locks.py $(UPGRADE)

clean:
	rm -rf .venv web/node_modules src/turnout/server/web benchmarks/build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
