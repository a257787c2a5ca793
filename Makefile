# make run            set up, then scan the sample shop and show what an editor would show
# make run PATHS=DIR  scan anything else
# make test           set up, then check style and types and run all tests
# make training-test  set up, then train miniatures of all kinds, and the judge itself on a team's examples (downloads PyTorch)
# make vsix           the VS Code extension of this platform with the server inside: build/unleak-TARGET-VERSION.vsix
# make vsix-universal the extension that installs the server: build/unleak-VERSION.vsix
# make server-bundle  the server as a folder that needs no Python: build/server/unleak

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PATHS ?=

.PHONY: run test training-test server-bundle vsix vsix-universal setup lint clean

run: setup
ifeq ($(strip $(PATHS)),)
	@$(BIN)/python samples/build.py build/shop
	@cd build/shop && ../../$(BIN)/unleak scan --exit-code 0 .
else
	@$(BIN)/unleak scan --exit-code 0 $(PATHS)
endif

test: setup lint
	$(BIN)/unleak rules check
	@sh tests/editors/install.sh
	$(BIN)/python -m pytest -n 2

training-test: setup
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		-r models/training/requirements.txt -r models/training/peft/requirements.txt
	$(BIN)/python -m pytest -n 2 tests/adapt/test_adapt_team.py tests/training/test_peft.py tests/training/test_export.py \
		tests/training/test_miniature.py tests/adapt/test_adapt_run.py tests/adapt/test_adapt_training.py

server-bundle:
	@$(PYTHON) client-vscode/package/freeze.py

vsix:
	@$(PYTHON) client-vscode/package/vsix.py

vsix-universal:
	@$(PYTHON) client-vscode/package/vsix.py --universal

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

setup: $(VENV)/ready

$(VENV)/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 10) or sys.exit("unleak needs Python 3.10 or newer: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up in $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

clean:
	rm -rf $(VENV) build .mypy_cache .pytest_cache .ruff_cache .hypothesis
