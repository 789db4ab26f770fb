# The portal from the command line. Needs Python 3.11 to 3.14 and make; everything else is fetched at set-up.
PYTHON ?= python3
PY := .venv/bin/python
WORKERS ?= 2

.PHONY: demo setup setup-test test lint types contracts messages-check lock messages screenshots bench clean

demo: setup ## everything on a fresh machine: http://127.0.0.1:8000/
	@$(PY) manage.py portal --demo

setup:
	@$(PYTHON) efficiency/runtime/bootstrap.py run

setup-test:
	@$(PYTHON) efficiency/runtime/bootstrap.py test

test: setup-test ## the whole suite on real PostgreSQL and Redis
	@$(PY) -m pytest -n $(WORKERS) --dist loadgroup -q

lint: setup-test ## style, templates, types, import contracts, migrations
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m djlint templates --lint --quiet
	@$(PY) -m mypy
	@.venv/bin/lint-imports
	@SECRET_KEY=lint $(PY) manage.py makemigrations --check --dry-run

lock: setup-test ## pin requirements and browser assets anew (needs uv and npm)
	uv pip compile requirements.in -o requirements.txt --universal --generate-hashes --python-version 3.11 --no-header --no-emit-index-url --quiet
	uv pip compile requirements-dev.in -o requirements-dev.txt --universal --generate-hashes --python-version 3.11 --no-header --no-emit-index-url --quiet
	npm install --package-lock-only --ignore-scripts --save-exact --omit-lockfile-registry-resolved

messages: setup-test ## collect texts for translation, compile the Chinese (needs gettext)
	@$(PY) manage.py makemessages -l zh_Hans --no-wrap --no-obsolete -i node_modules -i var -i tests -i bench
	@$(PY) manage.py compilemessages -l zh_Hans -i node_modules -i .venv -i var

screenshots: setup-test ## docs/screenshots/, from a demonstration that runs (needs Chromium)
	@$(PY) docs/screenshots/take.py

bench: setup-test ## benchmarks beside their references
	@$(PY) bench/run.py

clean: ## forget the demonstration: its data, secrets and servers
	rm -rf var
