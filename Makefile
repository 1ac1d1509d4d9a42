# Each target makes what it needs, the virtual environment included; nothing is written outside
# this folder. PYTHON names the interpreter to begin from.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BENCH_VENV := .cache/bench-venv
CHECKOV_VENV := .cache/checkov-venv
CHECKOV_VERSION := 3.3.30
KEEP ?=
QUICK ?=
PYTEST_ARGS ?=
# Many tests wait, for a batch or an engine; those that share one run in one of these processes.
PROCESSES ?= 3

export PIP_CACHE_DIR := $(CURDIR)/.cache/pip
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Python compiles what it imports, once; pip would compile all that it installs.
export PYTHONDONTWRITEBYTECODE :=
export CHECKPOINT_DISABLE := 1
export FIREHOSE_LOGGING_HOME := $(CURDIR)/.firehose-logging
export FIREHOSE_LOGGING_ENGINES := $(FIREHOSE_LOGGING_HOME)/engine

# Terraform or OpenTofu, by name or path; everything that runs one of them asks this variable.
TERRAFORM ?= $(shell command -v terraform || command -v tofu || echo terraform)
export TERRAFORM
TERRAFORM_CLI := TF_CLI_CONFIG_FILE=`$(BIN)/python -m firehose_logging.verify.providers .cache`

.PHONY: demo test test-slow lint checkov bench bench-stack chaos clean help

help:
	@echo 'TERRAFORM=tofu   before or after make: OpenTofu, by name or path, instead of Terraform'
	@echo
	@echo 'make demo        a NameError logged in Python, found in OpenSearch (KEEP=1 leaves it running)'
	@echo 'make test        every test but the slow ones'
	@echo 'make test-slow   the tests that take minutes'
	@echo 'make lint        ruff, mypy, terraform fmt and validate, import-linter, tflint if it is there'
	@echo 'make checkov     what Checkov has to say about the Terraform code'
	@echo 'make bench       measurements of the handler beside its peers, and of the local stack; writes'
	@echo '                 docs/benchmarks.md and docs/benchmarks-stack.md (the stack alone: bench-stack)'
	@echo 'make chaos       long fault runs; writes docs/reliability.md'
	@echo 'make clean       removes all that the other targets made'

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || { \
		echo "Python 3.10 or later is needed; '$(PYTHON)' is `$(PYTHON) --version 2>&1`. Set PYTHON=..." >&2; exit 1; }
	@echo 'Making the virtual environment in $(VENV) ...'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.demo: $(VENV)/.made python/pyproject.toml
	@echo 'Installing the package for the demo (about a minute, once) ...'
	@$(BIN)/pip install --quiet --no-compile --editable 'python[cli,verify,local]'
	@touch $@

$(VENV)/.dev: $(VENV)/.demo
	@echo 'Installing what the tests need (about half a minute, once) ...'
	@$(BIN)/pip install --quiet --no-compile --editable 'python[fast,cli,verify,local,examples,dev]'
	@touch $@

demo: $(VENV)/.demo
	@$(BIN)/firehose-logging demo $(if $(KEEP),--keep --port 4566)

# The module's own tests run beside pytest's, most of which wait; their output comes at the end.
test: $(VENV)/.dev
	@mkdir -p .cache
	@$(BIN)/python tools/module_tests.py >.cache/module-tests.log 2>&1 & terraform=$$!; \
	trap 'kill $$terraform 2>/dev/null' EXIT; \
	$(BIN)/pytest -m 'not slow' -n $(PROCESSES) --no-loadscope-reorder $(PYTEST_ARGS); passed=$$?; \
	wait $$terraform || passed=1; \
	cat .cache/module-tests.log; \
	exit $$passed

test-slow: $(VENV)/.dev
	$(BIN)/pytest -m slow $(PYTEST_ARGS)

$(BENCH_VENV)/.made: python/pyproject.toml Makefile
	@echo 'Installing what is measured, and what it is compared with, into $(BENCH_VENV) (about a minute, once) ...'
	@$(PYTHON) -m venv $(BENCH_VENV)
	@$(BENCH_VENV)/bin/pip install --quiet --no-compile --editable 'python[fast,local,bench]'
	@touch $@

bench: $(BENCH_VENV)/.made
	$(BENCH_VENV)/bin/python -m benchmarks $(if $(QUICK),--quick)
	$(BENCH_VENV)/bin/python -m benchmarks.stack $(if $(QUICK),--quick)

bench-stack: $(BENCH_VENV)/.made
	$(BENCH_VENV)/bin/python -m benchmarks.stack $(if $(QUICK),--quick)

chaos: $(VENV)/.dev
	$(BIN)/python -m tests.chaos $(if $(QUICK),--quick)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(TERRAFORM) version
	$(TERRAFORM) fmt -check -recursive
	@# Two at a time: most of it is reading the provider, hundreds of megabytes.
	@printf '%s\n' . $(dir $(wildcard examples/*/main.tf)) | xargs -P 2 -I FOLDER sh -c \
		'export $(TERRAFORM_CLI) && $(TERRAFORM) -chdir=FOLDER init -backend=false -input=false >/dev/null \
			&& shown=`$(TERRAFORM) -chdir=FOLDER validate -no-color` && echo "validate FOLDER: $$shown"'
	@if command -v tflint >/dev/null; then \
		for folder in . $(dir $(wildcard modules/*/main.tf examples/*/main.tf)); do \
			echo "tflint $$folder"; \
			tflint --chdir=$$folder --minimum-failure-severity=notice || exit 1; \
		done; \
	else \
		echo 'tflint is not installed: left out'; \
	fi

# In an environment of its own, because its dependencies are pinned to others than ours.
$(CHECKOV_VENV)/.made-$(CHECKOV_VERSION):
	@echo 'Installing Checkov into $(CHECKOV_VENV) (about a minute, once) ...'
	@$(PYTHON) -m venv $(CHECKOV_VENV)
	@$(CHECKOV_VENV)/bin/pip install --quiet --no-compile 'checkov==$(CHECKOV_VERSION)'
	@touch $@

checkov: $(CHECKOV_VENV)/.made-$(CHECKOV_VERSION)
	LOG_LEVEL=ERROR $(CHECKOV_VENV)/bin/checkov --directory . --framework terraform --skip-path '^/?(\.|tests/)' \
		--skip-download --compact --quiet

clean:
	@-test -x $(BIN)/firehose-logging && $(BIN)/firehose-logging local down 2>/dev/null
	rm -rf $(VENV) .cache .firehose-logging .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name .terraform -type d -prune -exec rm -rf {} +
	find . -name .terraform.lock.hcl -delete
