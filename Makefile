# Every target sets up what it needs: a Python of version 3.11 or newer and make are enough.

PYTHON ?= python3
VENV ?= .venv
DIST ?= dist
JSS_OUTPUT ?= jss_output
SITE ?= docs/_build

STAMP := $(VENV)/.installed
BIN := $(VENV)/bin

export MPLBACKEND := Agg
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help jss test lint bench bench-all bench-report support figure docs linkcheck wheel clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /make \1 \t/p' $(MAKEFILE_LIST) | expand -t 14

jss: $(STAMP) ## the examples of the JSS paper: our numbers beside the published ones
	$(BIN)/python -m pymediation.jss --out $(JSS_OUTPUT)

test: $(STAMP) ## run the test suite, doctests included
	$(BIN)/pytest -n auto

lint: $(STAMP) ## check style, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(STAMP) ## run the short benchmarks
	$(BIN)/python benchmarks/run.py --short

bench-all: $(STAMP) ## measure everything, simulations included, and write the report
	$(BIN)/python benchmarks/everything.py

bench-report: $(STAMP) ## write docs/performance.md, its plots and the table of speeds in the README from the records
	$(BIN)/python benchmarks/report.py

support: $(STAMP) ## write the table of supported models into the README
	$(BIN)/python docs/support.py

figure: $(STAMP) ## draw the figure of the README, by its own examples
	$(BIN)/python docs/figures.py

docs: $(VENV)/.docs ## execute the vignettes and build the site, in which a broken link is an error
	rm -rf docs/api/generated
	$(BIN)/sphinx-build -q -W --keep-going -E -j auto -b html -c docs . $(SITE)
	$(BIN)/python docs/links.py $(SITE)

linkcheck: $(VENV)/.docs ## check links to other sites, which needs the network
	$(BIN)/sphinx-build -q -D nb_execution_mode=off -b linkcheck -c docs . $(SITE)/linkcheck

$(VENV)/.docs: $(STAMP)
	$(BIN)/python -m pip install -q -e '.[docs]'
	@touch $@

# The wheel is built from the source distribution, which shows that the latter is whole.
wheel: $(STAMP) ## build the source distribution and the wheel
	rm -f $(DIST)/pymediation-*
	$(BIN)/python -m hatchling build -t sdist -d $(DIST)
	$(BIN)/python -m pip wheel -q --no-deps --no-build-isolation -w $(DIST) $(DIST)/pymediation-*.tar.gz

clean: ## remove the environment, caches and everything built
	rm -rf $(VENV) $(DIST) $(SITE) docs/api/generated build $(JSS_OUTPUT) .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find pymediation tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment is made anew when the requirements change.
$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	    found=$$($(PYTHON) --version 2>/dev/null || echo "no Python"); \
	    echo "Python 3.11 or newer is needed; '$(PYTHON)' is $$found."; \
	    echo "Install it (https://www.python.org/downloads/), or name the one to use: make PYTHON=python3.12 ..."; \
	    exit 1; } >&2
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	    echo "'$(PYTHON)' comes without its modules venv and ensurepip, which make the virtual environment."; \
	    echo "On Debian and Ubuntu: apt install python3-venv"; \
	    exit 1; } >&2
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install -q -e '.[all,test]' || { \
	    echo "The dependencies could not be installed: pip needs to reach a package index such as PyPI."; \
	    echo "The reason is in pip's own message above."; \
	    exit 1; } >&2
	@touch $@
