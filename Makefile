# make demo: see netmon at work. make test: everything, with real servers. Other targets: make help.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DATA   ?= ../shared/data
PIP    := $(BIN)/python -m pip --disable-pip-version-check -q
# Where memory has room for a folder: stores are made, and synced, hundreds of times.
MEMORY := $(shell df -k --output=avail /dev/shm 2>/dev/null | awk '$$1 > 1000000 {print "PYTEST_DEBUG_TEMPROOT=/dev/shm"}')
FAST   := $(MEMORY) $(BIN)/pytest -q -n auto --dist loadfile -m "not wire and not slow" --ignore tests/wire --ignore tests/browser
LOCK   := $(BIN)/uv pip compile --universal --generate-hashes --no-header --no-annotate --no-emit-index-url \
          --no-emit-find-links -q -p 3.11 pyproject.toml packaging/build-requirements.in -o build/lock.txt

NO_PACKAGES := packages could not be installed (above: why). They need room on the disk and a network: PIP_INDEX_URL=... names another index, HTTPS_PROXY=... a proxy; then try again
NO_BUILD    := netmon could not be built (above: why). The dashboard's files come from npm: npm_config_registry=... names another registry, NETMON_BUILD_WITHOUT_DASHBOARD=1 leaves the dashboard out

# What an upgrade of Python left behind: the environment is made anew.
$(shell [ -x $(BIN)/python ] || rm -f $(VENV)/.made $(VENV)/.run $(VENV)/.dev)

# Tests that are read again from byte code start in half the time.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo check lint types unit every test bench screenshots field docs lock clean servers

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "netmon needs Python 3.11 or newer; PYTHON=python3.11 make ... chooses one"; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2> /dev/null || { echo "this host lacks python3-venv: sudo apt-get install -y python3-venv"; exit 2; }
	@[ -e $(VENV) ] || rm -f $(VENV)  # a link to what is gone
	@$(PYTHON) -m venv $$([ -x $(BIN)/python ] || echo --clear) $(VENV) || { rm -rf $(VENV); echo "$(VENV) could not be made (above: why); what stood there is removed: try again"; exit 2; }
	@touch $@

$(VENV)/.run: $(VENV)/.made constraints.txt pyproject.toml hatch_build.py package-lock.json
	@echo "Installing netmon into $(VENV) (about a minute, once) ..."
	@$(PIP) install --require-hashes -r constraints.txt || { echo "$(NO_PACKAGES)"; exit 2; }
	@$(PIP) install --no-deps --no-build-isolation -e . || { echo "$(NO_BUILD)"; exit 2; }
	@$(BIN)/python -m compileall -q netmon
	@$(BIN)/netmon mib compile > /dev/null  # once, as the line above, so that no start waits for it
	@touch $@

$(VENV)/.dev: $(VENV)/.run constraints-dev.txt
	@echo "Installing the tools for development and tests ..."
	@$(PIP) install --require-hashes -r constraints-dev.txt || { echo "$(NO_PACKAGES)"; exit 2; }
	@touch $@

setup: $(VENV)/.dev  ## virtual environment, editable install, tools

demo: $(VENV)/.run  ## a simulated network with faults, and netmon watching it (Ctrl-C ends it)
	@$(BIN)/netmon demo

check: $(VENV)/.dev  ## format, lint, types, layers, unit tests: under a minute
	@$(MAKE) -s -j3 -Otarget lint types unit

lint:
	@$(BIN)/ruff format --check -q .
	@$(BIN)/ruff check -q .
	@$(BIN)/lint-imports

types:
	@$(BIN)/mypy

# Properties are tried on a tenth of the examples; `make test` tries all.
unit:
	@$(FAST) --hypothesis-profile check

every:
	@$(FAST)

servers: $(VENV)/.dev
	@tests/install-servers
	@$(BIN)/python -m tests.browser.axe

test: $(VENV)/.dev servers  ## everything, with real servers
	@$(MAKE) -s lint types every
	@$(BIN)/pytest -q -n 2 --dist loadfile -m "(wire or slow) and not alone"
	@$(BIN)/pytest -q -m alone
	@$(BIN)/mkdocs build -q --strict --site-dir build/site

bench: $(VENV)/.dev servers  ## side by side with peers, as ratios: build/bench.json
	@$(BIN)/python -m benchmarks

screenshots: $(VENV)/.dev servers  ## every page of the dashboard, light and dark, in two sizes: build/screenshots
	@$(BIN)/pytest -q tests/browser/test_pictures.py

field: $(VENV)/.dev  ## scores over a folder of recordings: make field DATA=dir, build/field.json; ONLY="recordings traps.named": some; FLOOR=1: fail below tests/field/floor.json
	@$(BIN)/python -m tests.field $(DATA) $(if $(ONLY),--only $(ONLY)) $(if $(FLOOR),--floor)

docs: $(VENV)/.dev  ## build the documentation into build/site
	@$(BIN)/mkdocs build -q --strict --site-dir build/site

lock: $(VENV)/.made  ## resolve the constraints anew
	@$(PIP) install uv
	@mkdir -p build && rm -f build/lock.txt && $(LOCK)
	@{ echo "# Exact versions and hashes of everything netmon needs to run and to be built. Made by \`make lock\`."; cat build/lock.txt; } > constraints.txt
	@rm -f build/lock.txt && $(LOCK) --extra dev
	@{ echo "# The same with what development and tests need. Made by \`make lock\`."; cat build/lock.txt; } > constraints-dev.txt

clean:  ## remove what was built
	@rm -rf $(VENV) build site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
