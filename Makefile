# Steward's chores. 'make' alone lists them. Needs Python 3.11 or newer; everything else goes into .venv.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
# One file's tests stay in one worker, so that what a file sets up is set up once.
PYTEST := $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile
LAWS := $(wildcard tests/laws/test_*.py)
SCHEDULES := $(wildcard tests/laws/test_any_*.py)
ARGS ?=
DATA ?=
FORECAST := .venv-forecast
PEERS := .venv-peers

.PHONY: help venv demo test lint format catalogue dictionary api rulebook pictures bench bench-forecast bench-past \
  bench-peers play fuzz soak mutants lock clean

help: ## List what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-14s %s\n", $$1, $$2 }'

venv: $(READY) ## Install Steward and its tools into .venv (once; all else does it too)

demo: $(READY) ## The whole loop on a simulated Amazon, decided on the review page (ARGS=--once: without questions)
	@$(BIN)/steward demo --page $(ARGS)

test: $(READY) ## Run all tests (ARGS='-k belts' for some)
	@$(PYTEST) $(ARGS)

lint: $(READY) ## Style, format, types and import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(READY) ## Put the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

catalogue: $(READY) ## List texts that lack a Chinese translation
	@$(BIN)/python -m agent.locale.catalogue

dictionary: $(READY) ## Write docs/dictionary.md from what the program declares
	@$(BIN)/python -m agent.rulebook.dictionary > docs/dictionary.md

api: $(READY) ## Write the OpenAPI document of the page's JSON API
	@$(BIN)/python -m agent.web.api.openapi > docs/schemas/api/openapi.json

rulebook: $(READY) ## Write docs/catalogue.md from the shipped rules
	@$(BIN)/python -m agent.rulebook.catalogue > docs/catalogue.md

pictures: $(READY) ## Take a picture of every screen of the page into docs/pictures (needs a browser; ARGS='--reports demo/steward.toml' for reports)
	@$(BIN)/python -m tests.browser.pictures $(ARGS)

bench: $(READY) ## Print the figures, each beside its baseline
	@for each in start plan judge growth ingest files act; do $(BIN)/python tests/bench/$$each.py; done

bench-forecast: $(FORECAST)/.ready ## Forecasts beside the usual methods (DATA=sales.csv: unique_id, ds, y)
	@PYTHONPATH=. $(FORECAST)/bin/python tests/bench/forecast.py $(if $(DATA),--data $(DATA))

bench-past: $(READY) ## A year of the demo, asked what was known on a hundred of its days (ARGS='--days 60')
	@PYTHONPATH=. $(BIN)/python tests/bench/past.py $(ARGS)

bench-peers: $(PEERS)/.ready ## Our columns beside general rule engines on the same rows (ARGS='--keywords 200000')
	@PYTHONPATH=. $(PEERS)/bin/python tests/bench/peers.py $(ARGS)

$(FORECAST)/.ready: requirements-forecast.lock
	@test -x $(FORECAST)/bin/python || $(PYTHON) -m venv $(FORECAST)
	@echo "Installing what requirements-forecast.lock names (once) …"
	@$(FORECAST)/bin/python -m pip --disable-pip-version-check --no-input install --quiet --require-hashes \
	  -r requirements-forecast.lock
	@touch $@

$(PEERS)/.ready: requirements-peers.lock
	@test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS)
	@echo "Installing what requirements-peers.lock names (once) …"
	@$(PEERS)/bin/python -m pip --disable-pip-version-check --no-input install --quiet --require-hashes \
	  -r requirements-peers.lock
	@touch $@

play: $(READY) ## 200 simulated days, alerts held against planted incidents (ARGS='--seed 2 --days 60')
	@$(BIN)/steward sandbox play --scenario demo --days 200 $(ARGS)

fuzz: $(READY) ## Laws of engines, facts and belts, mutated rule files and odd answers, in full size
	@STEWARD_FULL=1 $(PYTEST) $(filter-out $(SCHEDULES),$(LAWS)) tests/unit/rulebook tests/unit/connectors $(ARGS)

soak: $(READY) ## Promises measured beside their targets, into docs/reliability.md (STEWARD_SOAK=full, ARGS='1 7': rows)
	@$(BIN)/python -m tests.soak $(if $(ARGS),$(ARGS),--page docs/reliability.md)

mutants: $(READY) ## Put small faults into belts, protocol and money, and count those no test notices (ARGS=FILE …)
	@$(BIN)/python -m tests.soak.mutation $(ARGS)

lock: ## Choose versions anew and pin them with their hashes (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --upgrade \
	  --group dev pyproject.toml --output-file requirements.lock
	uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --upgrade \
	  --group forecast --output-file requirements-forecast.lock
	uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --upgrade \
	  --group peers pyproject.toml --output-file requirements-peers.lock

clean: ## Back to a fresh clone: no .venv, caches, builds or demo
	@rm -rf $(VENV) $(FORECAST) $(PEERS) demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Steward needs Python 3.11 or newer; '$(PYTHON)' is not. Name one: make PYTHON=/path/to/python3.12" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv" >&2; exit 2; }
	@test -x $(BIN)/python || { echo "Making $(VENV) …"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing what requirements.lock names (a minute or two, once) …"
	@set -o pipefail; $(PIP) install --require-hashes -r requirements.lock | awk '/^Collecting/ { print "  " $$2; fflush() }'
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q agent connectors
	@touch $@
