# From a fresh clone to a running scanner: Python 3.11 or newer and make are all that has to be there.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
# The first of these that is new enough makes the environment; PYTHON=… puts another one in front.
PYTHONS := $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11
# Options for the scanner, or for pytest under `make test`: ARGS="--exchange upbit --duration 30s".
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help start demo bench test lint format proto

help:
	@echo 'make demo     simulated exchanges, a scripted pump, no network: see an alert within seconds'
	@echo 'make start    the real thing: every KRW market of Upbit and Bithumb, live'
	@echo 'make bench    how fast it is on this machine; with other libraries beside it: ARGS="ingest --peers"'
	@echo 'make test     ruff, mypy and the whole test suite'
	@echo 'make lint     ruff and mypy only'
	@echo 'make format   let ruff lay the code out'
	@echo 'make proto    generate the code that reads MEXC frames from its .proto'
	@echo
	@echo 'ARGS="…" passes options on: make start ARGS="--exchange upbit --json"'
	@echo '                            make test ARGS="-k upbit"'

# `exec` leaves no shell between make and the scanner. Ctrl-C reaches both: the scanner ends in order, make says 130.
start: $(VENV)/runtime.stamp
	@exec $(BIN)/scanner start --market KRW $(ARGS)

demo: $(VENV)/runtime.stamp
	@exec $(BIN)/scanner start --market KRW --sim pump $(ARGS)

bench: $(VENV)/bench.stamp
	@exec $(BIN)/scanner bench $(ARGS)

test: $(VENV)/test.stamp
	@$(BIN)/python tests/system/packages.py
	@$(BIN)/python tests/system/tools.py
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile $(ARGS)

lint: $(VENV)/test.stamp
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

format: $(VENV)/test.stamp
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

proto: $(VENV)/test.stamp
	@$(BIN)/python -m grpc_tools.protoc -I. --python_out=. --pyi_out=. scanner/exchanges/mexc/push.proto

# Editable installs, done again only when pyproject.toml says something new. An environment whose Python is gone holds
# nothing: its stamps are forgotten before make looks at them.
$(shell [ -x $(BIN)/python ] || rm -f $(VENV)/*.stamp)

$(VENV)/runtime.stamp: pyproject.toml | $(BIN)/python
	@echo 'Installing the scanner into $(VENV) …' >&2
	@$(PIP) --editable .
	@touch $@

$(VENV)/bench.stamp: pyproject.toml | $(BIN)/python
	@echo 'Installing the scanner and what it is compared with into $(VENV) …' >&2
	@$(PIP) --editable '.[bench]'
	@touch $(VENV)/runtime.stamp $@

$(VENV)/test.stamp: pyproject.toml | $(BIN)/python
	@echo 'Installing the scanner and its test tools into $(VENV) …' >&2
	@$(PIP) --editable '.[test]'
	@touch $(VENV)/runtime.stamp $(VENV)/bench.stamp $@

# Debian keeps what `python3 -m venv` needs in a package of its own: root gets it installed, anybody else gets its name.
$(BIN)/python:
	@found=; \
	for python in $(PYTHONS); do \
	  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { found=$$python; break; }; \
	done; \
	if [ -z "$$found" ]; then \
	  echo 'Python 3.11 or newer is needed, and none of these is one: $(strip $(PYTHONS)). Install it, or name it: make … PYTHON=/path/to/python3' >&2; \
	  exit 1; \
	fi; \
	if ! $$found -c 'import ensurepip, venv' 2>/dev/null; then \
	  package=$$($$found -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); \
	  if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
	    echo "$$found cannot make virtual environments: install the package $$package (sudo apt-get install $$package), then try again." >&2; \
	    exit 1; \
	  fi; \
	  echo "Installing the Debian package $$package …"; \
	  export DEBIAN_FRONTEND=noninteractive; \
	  { apt-get -qq update && apt-get -qq install -y --no-install-recommends $$package; } >/dev/null || { \
	    echo "apt-get could not install $$package (its reason stands above); without it there is no $(VENV)." >&2; exit 1; }; \
	fi; \
	echo "Making $(VENV) with $$($$found --version) …" >&2; \
	rm -rf $(VENV) && $$found -m venv $(VENV) || { \
	  rm -rf $(VENV); echo "$$found -m venv $(VENV) failed (its reason stands above)." >&2; exit 1; }
