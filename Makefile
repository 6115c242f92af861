# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
#
# Needs python3 (3.11 or newer, with venv) and make, nothing else.
#
#   make demo    set up, load the demo city Jena, serve http://127.0.0.1:8000  (PORT=…, DATA=…)
#   make test    set up, check style and types, run every test                 (ARGS=…)
#   make bench   benchmarks and side-by-side comparisons                       (ARGS=…)
#   make lint    style and types only          make format  put the style right
#   make lock    renew the lock files          make clean   remove what was built

PYTHON ?= python3
PORT ?= 8000
DATA ?=
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
RUN_READY := $(VENV)/.ready-to-run
TEST_READY := $(VENV)/.ready-to-test
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install

.DEFAULT_GOAL := help
.PHONY: help demo test bench lint format lock clean

help:
	@sed -n '/^#   make/s/^#   //p' Makefile

demo: $(RUN_READY)
	$(BIN)/allmende demo --port $(PORT) $(if $(DATA),--data "$(DATA)")

test: lint
	$(BIN)/python -m pytest $(ARGS)

bench: $(TEST_READY)
	$(BIN)/python -m bench $(ARGS)

lint: $(TEST_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(TEST_READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(BIN)/python
	PYTHON=$(BIN)/python sh tools/lock.sh

clean:
	rm -rf $(VENV) build dist src/*.egg-info .pytest_cache .mypy_cache .ruff_cache \
		.import_linter_cache .hypothesis
	find src tests bench tools -name __pycache__ -type d -prune -exec rm -rf {} +

# pip checks every download against the hashes in the lock file. The program itself is then
# installed in place with the build tool that the lock file has brought.
$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv $(VENV)

$(RUN_READY): requirements.lock requirements-web.lock pyproject.toml | $(BIN)/python
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --require-hashes -r requirements-web.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

$(TEST_READY): requirements-test.lock $(RUN_READY)
	$(PIP) --require-hashes -r requirements-test.lock
	touch $@
