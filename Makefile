# make run     set up everything and run the hall
# make unit    the tests of one module at a time: no PostgreSQL, no other process; under a minute
# make test    set up everything and pass every check and test but the proofs
# make proofs  state machines, races, faults of every kind, a short benchmark: before a release
# make check   style, types, import contract, flows, training data
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
UV ?= $(shell command -v uv || echo .tools/bin/uv)
OVERRIDES := pyproject.toml

PYTEST := $(BIN)/python -m pytest

.PHONY: help setup model run unit test proofs check ruff mypy contract flows validate deploy-lint bench models real loop encoder chaos races month lock sbom audit pin clean

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

setup: $(VENV)/.ready

$(VENV)/.ready: requirements.txt pyproject.toml .python-version
	@command -v $(UV) >/dev/null || { echo "installing uv into .tools"; python3 -m venv .tools && .tools/bin/pip install --quiet --require-hashes --requirement deploy/build.txt; }
	@echo "installing into $(VENV) (Python $$(cat .python-version))"
	@$(UV) python find $$(cat .python-version) >/dev/null 2>&1 || $(UV) python install $$(cat .python-version) || { \
	  echo "Python $$(cat .python-version) is needed: install it (pyenv install $$(cat .python-version), or your system's package) and try again"; exit 1; }
	@$(VENV)/bin/python --version 2>/dev/null | grep -q " $$(cat .python-version)\." || $(UV) venv --quiet --clear --python $$(cat .python-version) $(VENV)
	@VIRTUAL_ENV=$(VENV) $(UV) pip sync --quiet --require-hashes requirements.txt
	@VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

run: setup
	@$(BIN)/yingting serve --port $(PORT)

# one training, before several workers of the tests want the model
model: setup
	@$(BIN)/python -m bot.engine.training

unit: setup
	@$(PYTEST) -n auto -m "not (proof or e2e or postgres or model or process)"

test: setup .tools/lint/.ready
	@$(MAKE) --no-print-directory --jobs 2 check deploy-lint model
	@deploy/system-programs; deploy/rasa-webchat
	@echo "tests"
	@$(PYTEST) -n auto --dist loadgroup -m "not proof"

# chaos alone, one after the other: its processes need the machine
proofs: setup model
	@echo "state machines, races"; $(PYTEST) -n auto --dist load tests/proofs --ignore tests/proofs/chaos
	@echo "chaos";                 $(PYTEST) tests/proofs/chaos
	@echo "benchmark, short";      $(BIN)/python -m benchmarks --only postgres --rounds 1 --seconds 1

check: ruff mypy contract flows validate

ruff: setup
	@echo "ruff"; $(BIN)/ruff check . && $(BIN)/ruff format --check .

mypy: setup
	@echo "mypy"; $(BIN)/mypy

contract: setup
	@echo "import contract"; $(BIN)/lint-imports

flows: setup
	@echo "flows"; $(BIN)/yingting flows > /dev/null && $(BIN)/yingting check

validate: setup
	@echo "rasa data validate"; $(BIN)/python -m bot.engine.rasa data validate --domain bot/domain --data data/nlu data/stories --config config.yml > .validate.log 2>&1 || { cat .validate.log; exit 1; }; rm -f .validate.log

# make races   1,000 rounds of everything at once on one order, on SQLite and on PostgreSQL
races: setup
	@YINGTING_TEST_ROUNDS=1000 $(PYTEST) tests/proofs/topup/test_races.py -o timeout=3600

# make month   10,000 orders over a month with faults of every kind: the table of their ends
month: setup
	@$(BIN)/python -m tests.proofs.chaos.month

# make bench   stock Rasa and the hall side by side; writes docs/benchmarks.md
bench: setup
	@$(BIN)/python -m benchmarks

# make models  ways to understand a message, compared; writes docs/models.md (arguments: ALL=all for DIET too)
models: setup
	@$(BIN)/python -m benchmarks.understanding $(ALL)

# make real    what real customers wrote, understood (../shared/reference/real_messages.tsv, where it exists), and our own sets
real: setup
	@$(BIN)/python -m benchmarks.understanding.real $(REAL)

# make loop    what reviewing fifty misread messages a day gives, on the same messages
loop: setup
	@$(BIN)/python -m benchmarks.understanding.loop

# make encoder the sentence encoder of data/encoder, learned anew (minutes of a GPU that JAX sees, else two days of one core); what is kept in .bench/encoder goes on
encoder: .bench/encoder/venv/.ready
	@mkdir -p data/encoder
	@$(BIN)/python -m bot.learning.encoder.sentences .bench/encoder/sentences.jsonl
	@XLA_FLAGS="--xla_cpu_multi_thread_eigen=false" OMP_NUM_THREADS=1 .bench/encoder/venv/bin/python -m bot.learning.encoder \
	  .bench/encoder/sentences.jsonl data/encoder

.bench/encoder/venv/.ready: bot/learning/encoder/requirements.txt | setup
	@$(UV) venv --quiet --clear --python $$(cat .python-version) .bench/encoder/venv
	@VIRTUAL_ENV=.bench/encoder/venv $(UV) pip sync --quiet --require-hashes $<
	@touch $@

# make chaos   faults of every kind, audited; writes docs/chaos.md
chaos: setup
	@CHAOS=full CHAOS_REPORT=docs/chaos.md $(PYTEST) tests/proofs/chaos

deploy-lint: .tools/lint/.ready
	@deploy/lint

.tools/lint/.ready: deploy/lint-requirements.txt | setup
	@$(UV) venv --quiet --no-config --clear --python $$(cat .python-version) .tools/lint
	@VIRTUAL_ENV=.tools/lint $(UV) pip install --quiet --no-config --require-hashes --requirement deploy/lint-requirements.txt
	@touch $@

# make lock    after changing dependencies: all that may be installed, with hashes
LOCK = $(UV) pip compile --generate-hashes --no-emit-index-url --quiet
lock:
	@$(LOCK) pyproject.toml --group dev --output-file requirements.txt
	@$(LOCK) pyproject.toml --constraints requirements.txt --output-file deploy/run-time.txt
	@$(LOCK) bot/learning/encoder/requirements.in --no-config --python-version $$(cat .python-version) --output-file bot/learning/encoder/requirements.txt
	@for each in lint-requirements build; do \
	  $(LOCK) deploy/$$each.in --no-config --python-version $$(cat .python-version) --output-file deploy/$$each.txt; done

# make sbom    what the image holds, as CycloneDX, from the locked list: needs no network
sbom: .tools/lint/.ready
	@.tools/lint/bin/cyclonedx-py requirements deploy/run-time.txt --pyproject pyproject.toml --output-reproducible \
	  --output-format JSON --output-file $(SBOM)
	@echo "$(SBOM): $$(grep -c '"purl"' $(SBOM)) packages"
SBOM ?= sbom.json

# make audit   known faults of what the image holds; where no list of faults can be reached, says so and goes on
audit: .tools/lint/.ready
	@deploy/audit

# make pin     base images by digest: asks their registries, writes deploy/Dockerfile and deploy/compose.yml
pin:
	@python3 deploy/pin deploy/Dockerfile deploy/compose.yml

clean:
	rm -rf $(VENV) .tools .bench models var .rasa
