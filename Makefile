# ntpd112: the emergency number 112 of a city. `make run` is all a newcomer needs.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
PYTEST_ARGS ?= -n 4 --dist worksteal
N ?= 100
ROUNDS ?= 100
CALLERS ?= 1000
MINUTES ?= 30
RATE ?= 10
MINUTES_OF_LOAD ?= 2
CONSOLES ?= 0
ROUNDS_OF_BENCH ?= 2
SECONDS ?= 60
BENCH_ARGS ?=
.DEFAULT_GOAL := help
.PHONY: help run demo test check chaos load soak bench systemd core setup lock clean venv test-machine

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 16

run: venv ## set up what is missing, then run Asterisk and the controller until Ctrl-C
	@$(BIN)/ntpd112 up

demo: venv ## the same for 90 s beside it, with simulated citizens and operators
	@$(BIN)/ntpd112 demo

test: venv test-machine ## every test, on a real Asterisk, with real SIP calls and a real PostgreSQL
	@$(BIN)/pytest $(PYTEST_ARGS)

check: venv test-machine ## what CI runs: format, lint, types, import contracts, then every test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest $(PYTEST_ARGS) --reruns 1 -rR

chaos: venv test-machine ## break everything at every stage of a call; N random kills, ROUNDS of two who answer at once
	@$(BIN)/python -m tests.chaos -n $(N) -r $(ROUNDS) -c $(CALLERS)

systemd: venv test-machine ## as root: the systemd units on a real systemd of their own, with calls in progress
	@$(BIN)/python -m tests.systemd

load: venv test-machine ## the calls of an Indonesian city at RATE a second for MINUTES_OF_LOAD, with CONSOLES open
	@$(BIN)/python -m tests.load --rate $(RATE) --minutes $(MINUTES_OF_LOAD) --consoles $(CONSOLES)

soak: venv test-machine ## a whole room at work for MINUTES (30): nothing may grow, be missing or be left over
	@$(BIN)/python -m tests.soak --minutes $(MINUTES)

bench: venv test-machine ## beside Asterisk's app_queue, in turn, ROUNDS_OF_BENCH times; BENCH_ARGS=--readme writes the table
	@$(BIN)/python -m tests.bench --rounds $(ROUNDS_OF_BENCH) --seconds $(SECONDS) $(BENCH_ARGS)

core: venv ## the decisions alone, in seconds, with every branch covered
	@$(BIN)/pytest tests/core --cov=ntpd112.core --cov-branch --cov-report=term-missing:skip-covered --cov-fail-under=100

setup: venv ## only set up: packages, Asterisk, prompts, passwords, configuration
	@$(BIN)/ntpd112 setup

lock: ## pin the newest versions that pyproject.toml allows, with their hashes
	@$(PYTHON) -m venv .venv/lock && .venv/lock/bin/pip -q install uv
	@.venv/lock/bin/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --no-header --group dev -o requirements.lock pyproject.toml

clean: ## remove what was built; records and passwords in .ntpd112 stay
	rm -rf .venv .ruff_cache .mypy_cache .pytest_cache .hypothesis .import_linter_cache .coverage*

venv:
	@command -v $(PYTHON) >/dev/null || { echo "ntpd112: error: $(PYTHON) is missing. As root: apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -I ntpd112/bootstrap.py

test-machine: venv
	@$(BIN)/ntpd112 setup --tests
