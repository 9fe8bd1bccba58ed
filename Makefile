# make demo   audit the embedded demo account       make test   run the tests
# make check  lint, types, documentation checks     make help   the rest
VENV   ?= .venv
PYTHON ?= python3
BIN    := $(VENV)/bin
REPORT ?= lambdaudit-report.html

EXTRAS ?=

.PHONY: help demo test test-slow check format docs bench zipapp clean

help:
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.demo ## audit the embedded demo account and write an HTML report
	$(BIN)/lambdaudit demo --exit-zero -o $(REPORT)
	@echo "report: file://$(abspath $(REPORT))"

test: $(VENV)/.dev ## run the tests
	$(BIN)/pytest -n auto

test-slow: $(VENV)/.dev ## run the longer checks too
	$(BIN)/pytest -n auto -m 'slow or not slow'

check: $(VENV)/.dev ## lint, types, generated documentation up to date
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python docs/generate.py --check

format: $(VENV)/.dev ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/.dev ## write the generated documentation pages
	$(BIN)/python docs/generate.py

bench: $(VENV)/.dev ## measure collection on 1,000 functions (see bench/README.md for the rest)
	$(BIN)/python -m bench.collect_bench --functions 1000 --regions 3 --latency-ms 30 --tool lambdaudit

zipapp: ## write dist/lambdaudit.pyz, one file for PYTHON's version; EXTRAS=demo,login packs those too
	$(PYTHON) -m venv build/zipapp
	build/zipapp/bin/python -m pip install --quiet --disable-pip-version-check 'pex>=2.90,<3'
	build/zipapp/bin/python tools/make_zipapp.py --extras '$(EXTRAS)'

clean: ## remove the environment and caches
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/.demo: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[demo]'
	@touch $@

$(VENV)/.dev: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.demo
