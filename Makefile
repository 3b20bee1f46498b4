# Everything a person or a machine does with this project starts here.
# Needs Python 3.11 or newer, make and git; nothing else. Node, where it is there, checks the widgets' scripts.

PYTHON ?= python3
PORT   ?= 8000
INTRANET_PORT ?= 8001
VENV   := .venv
BIN    := $(VENV)/bin
# A process a core and one more, since a test often waits; five at the most. The tests of one file stay
# together, long files come first.
WORKERS := -n $(shell $(PYTHON) -c 'import os; print(min(4, os.cpu_count() or 1) + 1)') --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help install dev demo screenshots chromium test test-all check check-scripts format bench bench-profile bench-search bench-import bench-recall lock docs clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

$(VENV)/.python:
	$(PYTHON) -c 'import sys; sys.exit("Clearpost needs Python 3.11 or newer; set PYTHON=") if sys.version_info < (3, 11) else 0'
	$(PYTHON) -m venv $(VENV)
	@touch $@

# The package itself is installed in place, so the code that runs is the code you read.
$(VENV)/.install: requirements.txt pyproject.toml $(VENV)/.python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# The client is in place, too; what it stands on is among what the service and its tests need.
$(VENV)/.dev: requirements-dev.txt clients/python/pyproject.toml $(VENV)/.install
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e clients/python
	@touch $@

$(VENV)/.dates: requirements-dates.txt $(VENV)/.dev
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps --no-build-isolation -r requirements-dates.txt
	@touch $@

# Beside the others: the generators of clients do not take the service's own dependencies.
$(VENV)/.clients: requirements-clients.txt $(VENV)/.python
	$(PYTHON) -m venv $(VENV)/clients
	$(VENV)/clients/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-clients.txt
	@touch $@

$(VENV)/.bench: requirements-bench.txt $(VENV)/.dev
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.txt
	@touch $@

install: $(VENV)/.install ## put the environment and the clearpost command in .venv

dev: $(VENV)/.dev ## the same, with what tests and checks need

demo: install ## a demo district, three checks, the service on port $(PORT), an intranet on $(INTRANET_PORT)
	$(BIN)/clearpost demo --port $(PORT) --intranet-port $(INTRANET_PORT)

chromium: dev # a browser for the widgets' tests: one that is there, else one is installed
	@$(BIN)/python -m tests.browser.chromium

test: dev chromium $(VENV)/.clients ## the whole test suite
	$(BIN)/python -m pytest -q $(WORKERS)

test-all: $(VENV)/.dates $(VENV)/.clients chromium ## the same with slow proofs, then at other dates and on a busy machine (about an hour)
	$(BIN)/python -m pytest -q $(WORKERS) -m "slow or not slow"
	$(BIN)/python -m tests.dates $(WORKERS)

node_modules/.checks: package.json package-lock.json .npmrc
	npm ci --ignore-scripts --silent
	@touch $@

# Node is for this check alone. A machine of ours has it; elsewhere the check is left out, and says so.
check-scripts: # formatter and linter of the widgets' scripts
	@if command -v npm > /dev/null; then \
		$(MAKE) --no-print-directory node_modules/.checks && node_modules/.bin/biome check --error-on-warnings; \
	elif [ -n "$$CI" ]; then echo "npm is not there: the widgets' scripts cannot be checked" >&2; exit 1; \
	else echo "LEFT OUT: npm is not there, so the widgets' scripts are not checked" >&2; fi

check: dev check-scripts ## formatters, linters, types, layers, policy purity
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: dev ## let the formatters and the linters mend what they can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	@if command -v npm > /dev/null; then \
		$(MAKE) --no-print-directory node_modules/.checks && node_modules/.bin/biome check --write; \
	else echo "LEFT OUT: npm is not there, so the widgets' scripts stay as they are" >&2; fi

docs: dev ## write the API's reference and the settings in README.md from the code
	$(BIN)/python -m docs.examples
	$(BIN)/python -m docs.openapi
	$(BIN)/python -m docs.options

screenshots: $(VENV)/.bench chromium ## pictures of the widgets on the running demo, into docs/images
	$(BIN)/python -m docs.screenshots

bench: $(VENV)/.bench ## what a check costs, into bench/README.md (half an hour; AIMS=1: ten minutes; QUICK=1: two)
	$(BIN)/python -m bench $(if $(QUICK),--quick) $(if $(AIMS),--aims)

bench-profile: $(VENV)/.bench ## where a check's processor time goes (STORE=sqlite or postgresql)
	$(BIN)/python -m bench.profile --store $(or $(STORE),sqlite)

bench-search: $(VENV)/.bench ## what a search among a million people costs, into bench/SEARCH.md
	$(BIN)/python -m bench.search

bench-import: $(VENV)/.bench ## what an import costs, into bench/IMPORTS.md (PEOPLE=100000, two minutes; a million takes half an hour)
	$(BIN)/python -m bench.imports --people $(or $(PEOPLE),100000)

bench-recall: $(VENV)/.bench ## how soon a recall reaches what is out, into bench/RECALL.md (PEOPLE=1000000 LIVE=100000)
	$(BIN)/python -m bench.recall --people $(or $(PEOPLE),1000000) --live $(or $(LIVE),100000)

lock: dev ## pin the dependencies again, with hashes and without index addresses
	$(BIN)/uv pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --upgrade -o requirements.txt
	$(BIN)/uv pip compile -q pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --upgrade -c requirements.txt -o requirements-dev.txt
	$(BIN)/uv pip compile -q --group clients --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --upgrade -o requirements-clients.txt
	$(BIN)/uv pip compile -q pyproject.toml --extra bench --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --upgrade -c requirements-dev.txt -o requirements-bench.txt

clean: ## remove what the other targets made (the demo's database in var/ stays)
	rm -rf $(VENV) node_modules build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
