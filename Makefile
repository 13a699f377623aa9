# Everything happens in .venv and .demo, both made here and safe to delete.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
DEMO := .demo
QUESTION := How many troops did China deploy?

.PHONY: help install demo test test-browser check format quality bench clean

help:
	@echo "make demo     install, load the first article, answer a question about it"
	@echo "make test     install and run the tests"
	@echo "make check    format, lint, types and tests"
	@echo "make quality  retrieval on seeds/, held to the pinned floors"
	@echo "make bench    speed and memory on this machine"

install: $(INSTALLED)

# torch comes first and by itself: what follows then finds it there and brings no other build.
# Twice quiet: older pips warn of an extra of lxml's, spelled in two ways, that is installed all the
# same. Errors are still told.
$(INSTALLED): pyproject.toml requirements.lock
	@echo "Installing into $(VENV), which takes some minutes the first time"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --quiet --constraint requirements.lock torch
	$(BIN)/python -m pip install --quiet --quiet --constraint requirements.lock --editable '.[dev]'
	@touch $@

demo: $(INSTALLED)
	@mkdir -p $(DEMO)
	@echo "Adding the article in seeds/ to the library $(DEMO)/library.db"
	@$(BIN)/clippings --db $(DEMO)/library.db add seeds/*.txt
	@echo
	@echo '$$ clippings ask "$(QUESTION)"'
	@$(BIN)/clippings --db $(DEMO)/library.db ask "$(QUESTION)"
	@echo
	@echo "What next:"
	@echo "  $(BIN)/clippings --db $(DEMO)/library.db ask \"your own question\""
	@echo "  $(BIN)/clippings --db $(DEMO)/library.db add FILE"
	@echo "  and README.md for the bot."

test: $(INSTALLED)
	$(BIN)/python -m pytest

check: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

format: $(INSTALLED)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

quality: $(INSTALLED)
	$(BIN)/python -m retrieval.evaluate.floors seeds

bench: $(INSTALLED)
	$(BIN)/clippings bench

clean:
	rm -rf $(VENV) $(DEMO) .mypy_cache .ruff_cache .pytest_cache .hypothesis
