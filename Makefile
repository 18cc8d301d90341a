# Lookout's commands, for Linux and macOS. `make help` lists them.
#   PYTHON=python3.12 make setup     which interpreter the environment is made with (3.11 to 3.13)
#   PORT=9000 HOST=127.0.0.1 make run
#   make test ARGS="-k waste -x"     further arguments for pytest, or for a benchmark
#   make test ARGS="-n 0 --pdb"      in one process, to look into a failure
.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV ?= .venv
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& echo $$python && break; done)
BIN := $(VENV)/bin
ARGS ?=

# Compiled Python is kept: a shell that forbids it, as images of containers often do, makes every process compile anew.
export PYTHONDONTWRITEBYTECODE :=

# uv installs in a seventh of pip's time; where it cannot be had or cannot reach the registry, pip does the same work.
define install
	@if [ -x $(BIN)/uv ] && $(BIN)/uv pip install --quiet --python $(BIN)/python $(1); then :; else \
		echo "Installing with pip; this takes a few minutes."; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check $(1); fi
endef

.PHONY: help setup run test check bench browser clean

help: ## What can be made
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / { sub(/%/, "NAME", $$1); printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.everything ## An environment for training, tests and development in .venv

run: $(VENV)/.serving ## The app on http://127.0.0.1:8501 (PORT and HOST change it)
	@exec $(BIN)/python -m core serve

# Two processes, each file in one of them, since its tests share a server; in the order of their folders.
AT_ONCE := -n 2 --dist loadfile --no-loadscope-reorder

test: $(VENV)/.everything browser ## All tests, with a browser and PostgreSQL
	@$(BIN)/python -m tests.support.loops
	@$(BIN)/python -m pytest $(AT_ONCE) --durations=10 $(ARGS)

check: $(VENV)/.everything ## Form, types and layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Those that take minutes. batch answers a million records and 20,000 photos twice; crime and waste.protocol train for an hour or more and need data: make bench-crime
BENCHMARKS ?= $(filter-out batch crime flood_skill,$(patsubst benchmarks/%.py,%,$(sort $(wildcard benchmarks/[a-z]*.py))))

bench: $(VENV)/.everything browser ## The benchmarks that take minutes; each ends with one JSON object
	@set -e; for name in $(BENCHMARKS); do echo "== $$name"; $(BIN)/python -m benchmarks.$$name; done

bench-%: $(VENV)/.everything ## One benchmark; its last line is one JSON object
	@$(BIN)/python -m benchmarks.$* $(ARGS)

bench-start: browser

browser: $(VENV)/.everything
	@$(BIN)/python -m tests.support.browser

clean: ## Remove the environment and caches; the data folder var/ stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(VENV)/.made:
	@if [ -z "$(PYTHON)" ]; then echo "Expected Python 3.11 to 3.13. Found none. Install one, or name it: make PYTHON=..."; exit 1; fi
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
		{ echo "Expected Python 3.11 to 3.13. Received $$($(PYTHON) --version). Name another one: make PYTHON=..."; exit 1; }
	@[ -x $(BIN)/pip ] || $(PYTHON) -m venv $(VENV) || \
		{ echo "Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@[ -x $(BIN)/uv ] || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv || echo "Without uv."
	@touch $@

$(VENV)/.serving: requirements.txt $(VENV)/.made
	@echo "Installing what the app needs."
	$(call install,-r requirements.txt)
	@$(BIN)/python -m core.maps.npm_packages
	@touch $@

$(VENV)/.everything: requirements.txt pyproject.toml $(VENV)/.made
	@echo "Installing what training, tests and tools need."
	@$(BIN)/python -c 'import tomllib; extras = tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]; \
		print("\n".join(sorted(sum(extras.values(), []))))' >$(VENV)/extras.txt
	$(call install,-r requirements.txt -r $(VENV)/extras.txt)
	@$(BIN)/python -m core.maps.npm_packages
	@touch $(VENV)/.serving $@
