# Everything here runs from a checkout: Python 3.11 or later with venv, and make, are all it asks for.
PY   ?= $(shell command -v python3.11 || echo python3)
B    := .venv/bin
ARGS ?=
# Each core has a worker of its own: threads of the linear algebra would only wait for each other. Bytecode is kept, as
# tests start many processes, and pytest reads the tests themselves faster the second time.
TEST := OPENBLAS_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE= $(B)/python -m pytest -n auto --maxprocesses 8 --dist
MO   := $(patsubst %.po,%.mo,$(wildcard platform/amana/web/translations/*/LC_MESSAGES/*.po))

.PHONY: venv demo test test-slow cover lint bench lock docs clean
.DELETE_ON_ERROR:

venv: .venv/.ok $(MO)

.venv/.ok: requirements.txt pyproject.toml
	@$(PY) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "Amana needs Python 3.11 or later with venv. On Debian: apt-get install -y python3 python3-venv make, or name another with make PY=python3.12"; exit 1; }
	$(PY) -m venv .venv
	$(B)/pip install -q --disable-pip-version-check uv
	$(B)/uv pip sync -q --compile-bytecode --require-hashes --python $(B)/python requirements.txt
	$(B)/uv pip install -q --no-deps --no-build-isolation --python $(B)/python -e .
	touch $@

%.mo: %.po .venv/.ok
	$(B)/pybabel -q compile -i $< -o $@

demo: venv
	$(B)/amana demo $(ARGS)

# What takes longest comes first (tests/conftest.py).
test: venv
	$(TEST) loadscope --no-loadscope-reorder -m "not slow" $(ARGS)

# Most of these are one module's: each core takes some of it.
test-slow: venv
	$(TEST) worksteal -m slow $(ARGS)

# Where decisions are made, every branch is tried.
cover: venv
	$(TEST) loadscope --no-loadscope-reorder -q -m "not slow" $(foreach room,policy disclosure vault audit,$(wildcard tests/unit/$(room) tests/spec/$(room) tests/generative/test_$(room)*.py tests/generative/test_log*.py)) $(foreach room,policy disclosure vault audit,--cov=amana.$(room)) --cov-branch --cov-report=term:skip-covered --cov-fail-under=100 $(ARGS)

lint: venv
	$(B)/ruff format --check .
	$(B)/ruff check .
	$(B)/mypy
	$(B)/lint-imports

bench: venv .venv/.peers
	@for script in bench/*.py; do echo "== $$script"; $(B)/python $$script || exit 1; done

.venv/.peers: bench/requirements.txt .venv/.ok
	$(B)/uv pip install -q --require-hashes --python $(B)/python -r bench/requirements.txt
	touch $@

docs: venv
	$(B)/python -m amana.command.docs

lock: .venv/.ok
	$(B)/uv pip compile -q --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --all-extras pyproject.toml build-requirements.in -o requirements.txt
	$(B)/uv pip compile -q --python-version 3.11 --generate-hashes --no-header --no-emit-index-url -c requirements.txt bench/peers.in -o bench/requirements.txt

clean:
	rm -rf .venv .demo
