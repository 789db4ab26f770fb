# The portal from the command line. Needs Python 3.11 to 3.14 and make; everything else is fetched at set-up.
# Every target prepares what it needs first; where everything is prepared, that costs a tenth of a second.
PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11 python,$(if $(shell command -v $(name) 2>/dev/null),$(name))))
PY := .venv/bin/python
# Two for the cores of a small machine, and three that mostly wait: for a browser, whole portals, servers that are killed.
WORKERS ?= 5
# More arguments for the tests, as in: make test ARGS="tests/rules -x"
ARGS ?=

.PHONY: help demo setup setup-dev test lint style types contracts migrations-check messages-check format lock messages screenshots bench clean python

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' Makefile

demo: setup ## start everything on a fresh machine: http://127.0.0.1:8000/
	@exec $(PY) manage.py portal --demo

test: setup-dev ## run the whole suite on real PostgreSQL and Redis
	@exec $(PY) -m pytest -n $(WORKERS) --dist loadgroup --no-loadscope-reorder -q $(ARGS)

setup: python ## prepare what the portal runs with
	@$(PYTHON) efficiency/runtime/bootstrap.py run

setup-dev: python ## prepare what tests and checks need besides
	@$(PYTHON) efficiency/runtime/bootstrap.py dev

python:
	@test -n "$(PYTHON)" || { echo "No Python was found. Install Python 3.11 to 3.14, then run this again."; exit 1; }

lint: style types contracts migrations-check ## run every check that needs no test run and no gettext

style: setup-dev ## check the form of code and templates
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m djlint templates --lint --quiet

types: setup-dev ## check the types
	@$(PY) -m mypy

contracts: setup-dev ## check that the layers hold
	@$(PY) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"

migrations-check: setup-dev ## check that the migrations say what the models say
	@$(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

messages-check: setup-dev ## check that every text has its Chinese (needs gettext)
	@$(PY) -m tests.structure.messages check

messages: setup-dev ## collect the texts to translate and compile them (needs gettext)
	@$(PY) -m tests.structure.messages collect

format: setup-dev ## bring the code into its form
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

lock: setup-dev ## pin the newest versions that fit, with hashes
	@$(PYTHON) efficiency/runtime/bootstrap.py lock

screenshots: setup-dev ## take docs/screenshots/ anew from a demonstration that runs (needs Chromium)
	@$(PY) docs/screenshots/take.py

bench: setup-dev ## run the benchmarks beside their references
	@$(PY) bench/run.py

clean: ## forget the demonstration: its data, secrets and servers
	@rm -rf var
