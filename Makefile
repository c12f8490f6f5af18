# One-word recipes. Everything that they install goes into .venv; `.venv/bin/plimsoll` is the command.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3

.PHONY: help demo test coverage lint types contracts docs docs-check browser bench bench-log crash check lock sizes clean

help:
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.demo: requirements/demo.txt pyproject.toml scripts/bootstrap
	@PYTHON=$(PYTHON) scripts/bootstrap demo

$(VENV)/.dev: requirements/dev.txt pyproject.toml scripts/bootstrap
	@PYTHON=$(PYTHON) scripts/bootstrap dev

demo: $(VENV)/.demo ## install, load the worked programs, run their checks, serve them
	@$(BIN)/plimsoll demo

test: $(VENV)/.dev ## the whole suite on SQLite and on PostgreSQL, with coverage floors
	@$(BIN)/python scripts/test.py

coverage: $(VENV)/.dev ## the same with the coverage of every room, half as long again
	@$(BIN)/python scripts/test.py --measure-all

lint: $(VENV)/.dev ## ruff, docstrings, house rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/interrogate -q src/plimsoll/kernel src/plimsoll/engines src/plimsoll/ledger
	@$(BIN)/python scripts/house_rules.py

types: $(VENV)/.dev ## mypy --strict
	@$(BIN)/mypy

contracts: $(VENV)/.dev ## import directions
	@$(BIN)/lint-imports

docs: $(VENV)/.dev ## write the generated reference
	@$(BIN)/python scripts/docs.py

docs-check: $(VENV)/.dev ## fail if the reference is stale or a link is dead
	@$(BIN)/python scripts/docs.py --check

browser: $(VENV)/.dev ## pages in a real Chromium: axe-core, keys, the ten-minute path
	@$(BIN)/pytest --override-ini=addopts= --import-mode=importlib -p no:cacheprovider tests/browser

bench: $(VENV)/.dev ## lists of 10,000 rows, drift of 1M and 10M rows beside evidently; run it in a quiet moment
	@$(BIN)/python benchmarks/pages.py
	@$(BIN)/python benchmarks/monitors.py

bench-log: $(VENV)/.dev ## the log beside five others, SQLite and the disk itself; run it in a quiet moment
	@$(BIN)/python benchmarks/tlog.py

crash: $(VENV)/.dev ## one fault at each system call of the log, and killing under load; about ten minutes
	@$(BIN)/python scripts/crash.py

check: lint types contracts docs-check test browser ## everything that CI runs

lock: ## write the hashed lock files
	@scripts/lock

sizes: ## measure what the base and the server extra install
	@PYTHON=$(PYTHON) scripts/sizes

clean:
	rm -rf $(VENV) .bootstrap var
