# Every target sets up what it needs: `make demo` and `make test` work in a fresh clone.
# PYTHON=/path/to/python3 chooses the interpreter; REQUIRE_SANDBOX=0 lets sandbox tests skip where bubblewrap is missing.

.DEFAULT_GOAL := help
SHELL := /bin/sh
BIN := .venv/bin
# One more than two processors: a third of the time, a test waits for a limit, a lock or a process to end.
WORKERS ?= 3
REQUIRE_SANDBOX ?= 1
export REQUIRE_SANDBOX
# Tests start the program some hundred times: where Python may keep nothing, each start compiles all of it again.
unexport PYTHONDONTWRITEBYTECODE

# tests/e2e and tests/soak have targets of their own. Files in the order of their names: files with few tests last, as
# pytest-xdist has it otherwise, are the long ones that drive the whole program, and two processors wait for one.
PYTEST := $(BIN)/python -m pytest
CODE := src tests scripts $(wildcard demo bench)

.PHONY: help setup demo test check format e2e bench soak docs filters lock clean
.PHONY: check-format check-lint check-types check-imports check-changelog check-architecture

help: ## List the targets
	@grep -E '^[a-z0-9]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9]+):.*## (.*)/  make \1\t\2/' | expand -t 16

setup: ## Bring uv, the locked environment (.venv) and bubblewrap
	@sh scripts/setup.sh

demo: setup ## Four recorded sessions -> a library of proven tools -> called on new documents
	@$(BIN)/python -m demo.run

test: setup ## Every test but e2e and soak
	@$(PYTEST) tests --ignore=tests/e2e --ignore=tests/soak -n $(WORKERS) --dist loadfile --no-loadscope-reorder

check: check-format check-lint check-types check-imports check-changelog check-architecture ## All static checks (make -k check: go on after a failure)

check-format: setup
	$(BIN)/ruff format --check $(CODE)

check-lint: setup
	$(BIN)/ruff check $(CODE)

check-types: setup
	$(BIN)/pyright

check-imports: setup
	$(BIN)/lint-imports

check-changelog: setup
	$(BIN)/towncrier build --draft --version next >/dev/null

check-architecture: setup
	$(PYTEST) tests/architecture -n $(WORKERS) -q

format: setup ## Format, and fix what can be fixed
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

e2e: setup ## The real agent client against the real program
	@$(PYTEST) tests/e2e

bench: setup ## Speed and memory, as ratios measured in one run
	@$(BIN)/python -m bench

soak: setup ## Long runs, where there are any
	@if [ -d tests/soak ]; then $(PYTEST) tests/soak; else echo 'no soak tests yet'; fi

docs: setup ## Redraw what the docs show of the code
	@$(BIN)/python scripts/draw_architecture.py --write
	@$(BIN)/python scripts/write_tables.py

filters: setup ## Write the system-call filters from their readable list
	@$(BIN)/python scripts/write_filters.py

lock: setup ## Resolve pyproject.toml into requirements.lock again (UPGRADE=--upgrade for newer versions)
	@$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
	    --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
	    --quiet $(UPGRADE) --output-file requirements.lock

clean: ## Remove the environment and every cache
	rm -rf .venv .tools .cache .hypothesis .import_linter_cache .pytest_cache .ruff_cache build dist
	find src tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +
