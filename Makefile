# `make` alone says what there is to make.

VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt
FILES := pyproject.toml constraints.txt

.DEFAULT_GOAL := help
.PHONY: help setup studio assess decide hindcast test quick browser docs bench bench-board clean

help: ## say what there is to make
	@echo "make WHAT, where WHAT is one of"
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1@\2/p' Makefile | \
		while IFS=@ read -r name meaning; do printf '%-12s %s\n' "$$name" "$$meaning"; done

setup: $(VENV)/.ready ## make .venv and install tightrope into it

studio: $(VENV)/.ready-studio ## open the studio in the browser
	@$(BIN)/tightrope studio

assess: $(VENV)/.ready ## assess the kabul case; board and report in runs/kabul
	@echo "Assessing kabul ..."
	@$(BIN)/tightrope assess kabul --out runs/kabul

decide: $(VENV)/.ready-decide ## put the advice of kabul to every test; page in runs/kabul-decide
	@$(BIN)/tightrope decide kabul --out runs/kabul-decide

hindcast: $(VENV)/.ready ## match the record of kabul to three cut-offs and score the rest
	@$(BIN)/tightrope hindcast kabul --out runs/kabul-hindcast

docs: $(VENV)/.ready-all browser ## make the pages of docs/ that come out of runs
	@$(BIN)/tightrope assess kabul --out runs/kabul --charts png
	@$(BIN)/tightrope hindcast kabul --out runs/kabul-hindcast
	@cp runs/kabul/board.md docs/kabul.md
	@$(BIN)/python -m benchmarks.page_pictures runs/kabul
	@cp runs/kabul/charts/record.png docs/record.png
	@cp runs/kabul/charts/words.png docs/verdicts.png
	@cp runs/kabul-hindcast/hindcast.md runs/kabul-hindcast/hindcast-*.svg docs/
	@$(BIN)/tightrope decide kabul --out runs/kabul-decide
	@rm -rf docs/decide && mkdir docs/decide && cp runs/kabul-decide/decide.md docs/decide/
	@cd runs/kabul-decide && for name in */; do \
		mkdir -p ../../docs/decide/$$name && cp $$name*.svg $$name*.md ../../docs/decide/$$name; done

test: $(VENV)/.ready-all browser ## check style and types, run all tests
	@echo "Style ..."
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@echo "Types ..."
	@$(BIN)/mypy
	@echo "Tests ..."
	@$(BIN)/python tests/run.py

quick: $(VENV)/.ready-all ## the tests of a change: style, types, and what takes no longer than two minutes
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python tests/run.py --quick

# The page is tested in Chromium. Where there is none, those tests are left out, but not on CI.
browser:
	@for name in chromium chromium-browser google-chrome; do \
		if command -v "$$name" > /dev/null; then exit 0; fi; \
	done; \
	if ! command -v apt-get > /dev/null; then \
		echo "No Chromium here: the tests in a browser cannot run until one is installed."; \
	elif [ "$$(id -u)" != 0 ]; then \
		echo "No Chromium here: for the tests in a browser, run: sudo apt-get install chromium"; \
	else \
		echo "Installing Chromium for the tests in a browser ..."; \
		apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
			chromium fonts-liberation > /dev/null || echo "Chromium could not be installed." >&2; \
	fi

bench: $(VENV)/.ready-all ## measure the kernel choices and the speed against other tools
	@$(BIN)/python -m benchmarks.kernels
	@echo
	@$(BIN)/python -m benchmarks.peers
	@echo
	@$(BIN)/python -m benchmarks.decisions

bench-board: $(VENV)/.ready-all ## time a whole board, phase by phase, against an earlier version
	@$(BIN)/python -m benchmarks.board

clean: ## remove .venv, caches and builds; runs/ is kept
	@rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "Removed .venv, caches and builds."

# Each stamp is newer than the files that decide what is installed, so setting up is done once.
$(VENV)/.ready: $(FILES) | $(BIN)/python
	@echo "Installing tightrope (some minutes the first time) ..."
	@$(INSTALL) -e .
	@touch $@

$(VENV)/.ready-decide: $(FILES) | $(BIN)/python
	@echo "Installing tightrope and what decide needs (some minutes the first time) ..."
	@$(INSTALL) -e '.[analysis,game]'
	@touch $(VENV)/.ready $@

$(VENV)/.ready-studio: $(FILES) | $(BIN)/python
	@echo "Installing tightrope and what the studio needs (some minutes the first time) ..."
	@$(INSTALL) -e '.[studio]'
	@touch $(VENV)/.ready $@

$(VENV)/.ready-all: $(FILES) | $(BIN)/python
	@echo "Installing tightrope with all extras (some minutes the first time) ..."
	@$(INSTALL) -e '.[analysis,game,cluster,studio,bench,dev]'
	@touch $(VENV)/.ready $(VENV)/.ready-decide $(VENV)/.ready-studio $@

$(BIN)/python:
	@for python in python3.11 python3 python; do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			echo "Making $(VENV) with $$("$$python" --version) ..."; \
			"$$python" -m venv --clear $(VENV) || { rm -rf $(VENV); \
				echo "$$python has no working venv module; on Debian and Ubuntu, install python3-venv." >&2; \
				exit 1; }; \
			exit 0; \
		fi; \
	done; \
	echo "tightrope needs Python 3.11 or newer as python3.11 or python3; found: $$(python3 --version 2>&1 || echo none)." >&2; \
	exit 1
