# Everything here sets itself up: a fresh machine needs Python 3.11 or newer, make and the package registries.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Hash seeds and buffering fixed so that output appears as it happens.
export PYTHONUNBUFFERED := 1

.PHONY: help setup demo up screenshots test test-real model crash soak bench check lock lock-jars clean

help:
	@echo "make demo    the whole job on an embedded world: Slack to refilled sinks"
	@echo "make up      that world to play with, and a page in which you talk to the bot"
	@echo "make test    the tests, on real parts (Azurite, a Kafka broker, Valkey); in a browser too, if there is a chromium"
	@echo "make test-real  the tests on a real Apache Kafka and Druid; needs Java 17 or newer, Maven, and 2 GB of memory"
	@echo "make model   TLC checks the TLA+ specifications of models/; needs Java 17 or newer"
	@echo "make crash   RUNS=500 lives of a replay that is killed again and again"
	@echo "make soak    SOAK=100000 schedules of several processes at once, on every core; a failing one is made short and told"
	@echo "make bench   what publishing, backing up, clearing and answering Slack cost; needs Java 17 or newer, Maven, and kcat"
	@echo "make screenshots  the README's pictures; needs a chromium"
	@echo "make check   ruff, mypy --strict, import-linter"
	@echo "make lock    pin the dependencies again after editing pyproject.toml"

setup: $(READY)

$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say which with: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' || { echo "Python came without venv; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $(READY)

demo: $(READY)
	$(BIN)/python -m sandbox demo

# Any other port: make up PORT=8080; 0 takes a free one. A day that waits to land: make up LOSE=2019-12-03
PORT ?= 3000
LOSE ?=
up: $(READY)
	$(BIN)/python -m sandbox up --port $(PORT) $(LOSE:%=--lose %)

screenshots: $(READY)
	CI=true SCREENSHOTS=docs/images $(BIN)/python -m pytest tests/browser/test_conversation.py

# Two workers: one for the suites on real parts, which mostly wait, and one for those that need the processor.
test: $(READY)
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not real"
	@echo "Left out: the tests on a real Apache Kafka and Druid (Java 17 or newer, and Maven). They are in: make test-real"

# What is missing is said, and what is to be fetched is fetched, before any test's clock runs.
test-real: $(READY)
	$(BIN)/python -m sandbox.kafka.apache
	$(BIN)/python -m sandbox.druid.apache
	$(BIN)/python -m pytest -m real

# The protocols as models/ specifies them, and with their orders changed; MODEL="Day TOUCH" shows that counterexample.
MODEL ?=
model: $(READY)
	$(BIN)/python -m models $(MODEL)

# Lives of a replay whose process is killed again and again, on real parts; each life is about four kills.
RUNS ?= 100
crash: $(READY)
	CRASH_LIVES=$(RUNS) $(BIN)/python -m pytest tests/crash -s

# Schedules of several processes, interleaved at every call; `make test` plays some thousands of them.
SOAK ?= 20000
soak: $(READY)
	SOAK=$(SOAK) $(BIN)/python -m tests.simulation soak

# Fills the table of benchmarks/README.md; BENCH=--quick tries the benchmarks themselves.
BENCH ?=
bench: $(READY)
	$(BIN)/python -m benchmarks $(BENCH)

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# uv resolves; the lock files name no index, so any mirror serves them.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --generate-hashes --custom-compile-command "make lock" pyproject.toml
lock: $(READY)
	$(BIN)/python -m pip install --quiet uv==0.13.9
	$(LOCK) -o requirements.lock
	$(LOCK) --extra dev -o requirements-dev.lock

# For a changed pom.xml of a sandbox/*/apache: fetch what it names now, and pin that.
lock-jars:
	for part in kafka druid; do \
	  (cd sandbox/$$part/apache && rm -rf jars && mvn --batch-mode --quiet dependency:copy-dependencies \
	    && cd jars && sha256sum *.jar > ../jars.sha256) || exit 1; \
	done

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis sandbox/node/node_modules tests/slack_rules/node/node_modules sandbox/kafka/apache/jars sandbox/druid/apache/jars
