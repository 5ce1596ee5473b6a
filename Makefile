# The commands of this project. On a machine with Python 3.11 or newer and make, nothing else is
# needed: the first command makes .venv and installs what requirements.txt pins.
#
#   PYTHON=python3.12   the Python to make .venv from (default: the first one that will do)
#   SCHOOLS=3000        how many schools the simulated survey has (demo, demo-once)
#   SEED=7              which simulated survey it is: the same seed, the same answers
#   ROUNDS=200          how many rounds the torture has; SEED=7 repeats a run
#   WORKERS=4           how many test workers run at once (default: one a core)

.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
WORKERS := auto
CHECKED := config bridge processing tests
DEMO_OPTIONS := $(if $(SCHOOLS),--schools $(SCHOOLS)) $(if $(SEED),--seed $(SEED))

WILL_DO := import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))
CANDIDATES := python3.11 python3.12 python3.13 python3.14 python3

.PHONY: help install demo demo-once test chromium check bench bench-pull docs pictures torture vendor

help:  ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

install: $(STAMP)  ## Make .venv and install the pinned requirements

# What is installed is as old as the stamp: a changed file installs again. In a checkout, git is told
# how to show what changed in a workbook (.gitattributes).
$(STAMP): requirements.txt pyproject.toml
	@python="$(PYTHON)"; \
	for candidate in $(CANDIDATES); do \
	  test -n "$$python" && break; \
	  "$$candidate" -c '$(WILL_DO)' 2>/dev/null && python="$$candidate"; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "Python 3.11 or newer with venv is needed (Debian: apt install python3-venv)." >&2; \
	  echo "If you have one under another name: make PYTHON=/path/to/python ..." >&2; \
	  exit 1; \
	fi; \
	$(BIN)/python -m pip --version >/dev/null 2>&1 || "$$python" -m venv --clear $(VENV)
	@echo "Installing the requirements ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@git config diff.xlsform.textconv '$(BIN)/python -m bridge.authoring_text' 2>/dev/null || true
	@touch $(STAMP)

demo: $(STAMP)  ## Everything on this machine: servers, forms, a simulated survey, the web pages
	@$(BIN)/emis demo $(DEMO_OPTIONS)

demo-once: $(STAMP)  ## The same in a fresh folder, once, with a summary; fails if a count is off
	@$(BIN)/emis demo --once $(DEMO_OPTIONS)

test: $(STAMP) chromium  ## Run all the tests
	@$(BIN)/python -m pytest -n $(WORKERS)

# Browser tests use Debian's chromium. Where it is not there and may not be installed, they are
# skipped and say so.
chromium:  ## Install the browser of the tests, where that is allowed
	@if ! command -v chromium >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing chromium for the browser tests ..."; \
	  export DEBIAN_FRONTEND=noninteractive; \
	  { timeout 120 apt-get update -qq && timeout 600 apt-get install -y -qq \
	      --no-install-recommends -o DPkg::Lock::Timeout=120 chromium; } >/dev/null 2>&1 \
	    || echo "chromium could not be installed: the browser tests are skipped."; \
	fi

check: $(STAMP)  ## Formatting, lint, and the floors of the house
	@$(BIN)/ruff format --check $(CHECKED)
	@$(BIN)/ruff check $(CHECKED)
	@$(BIN)/lint-imports

bench: $(STAMP)  ## Measure: every tests/bench/bench_*.py
	@$(BIN)/python -m tests.bench

# Exported, so that both `make bench-pull ROWS=5000` and the environment are heard.
bench-pull: export ROWS := $(ROWS)
bench-pull: export BIG := $(BIG)
bench-pull: export WATCH_SECONDS := $(WATCH_SECONDS)
bench-pull: export RIVAL := $(or $(RIVAL),yes)
bench-pull: export ONLY := $(ONLY)
bench-pull: $(STAMP)  ## Measure the mirror against its limits (docs/benchmarks.md)
	@$(BIN)/python -m tests.bench.pull

docs: $(STAMP)  ## Write again the documents that are made from the code
	@$(BIN)/python -m processing.command.reference

pictures: $(STAMP)  ## Draw the pictures of the forms, take those of the field guide (needs chromium)
	@$(BIN)/python -m tests.guide

torture: $(STAMP)  ## Write, break and pull for ROUNDS rounds; the mirror must equal Central
	@$(BIN)/python -m tests.torture --rounds $(or $(ROUNDS),200) $(if $(SEED),--seed $(SEED))

vendor: $(STAMP)  ## Fetch the web assets again and write down their versions and licences
	@$(BIN)/python -m processing.web.vendor
	@$(BIN)/python -m processing.command.vendor
