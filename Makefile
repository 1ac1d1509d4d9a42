# Each target makes what it needs, the virtual environment included; nothing is written outside
# this folder. PYTHON names the interpreter to begin from.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BENCH_VENV := .cache/bench-venv
CHECKOV_VENV := .cache/checkov-venv
TOOLS_VENV := .cache/tools-venv
# Of each package the very files that constraints/ names by SHA-256, whoever serves them. What comes
# as source is built with tools of the same kind, not with what its build would fetch.
LOCKED := install --quiet --no-compile --require-hashes --no-build-isolation
OURS := install --quiet --no-compile --no-deps --no-build-isolation --editable python
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

.PHONY: demo test test-slow lint checkov bench bench-stack chaos audit constraints release clean help

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
	@echo 'make audit       what is known to be vulnerable in what is installed, by pip-audit'
	@echo 'make constraints newer versions, with their hashes, into constraints/'
	@echo 'make release     wheel, sdist and a list of what is in them (CycloneDX), into dist/'
	@echo 'make clean       removes all that the other targets made'

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || { \
		echo "Python 3.10 or later is needed; '$(PYTHON)' is `$(PYTHON) --version 2>&1`. Set PYTHON=..." >&2; exit 1; }
	@echo 'Making the virtual environment in $(VENV) ...'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.demo: $(VENV)/.made python/pyproject.toml constraints/build.txt constraints/demo.txt
	@echo 'Installing the package for the demo (about a minute, once) ...'
	@$(BIN)/pip $(LOCKED) --requirement constraints/build.txt
	@$(BIN)/pip $(LOCKED) --requirement constraints/demo.txt
	@$(BIN)/pip $(OURS)
	@touch $@

$(VENV)/.dev: $(VENV)/.demo constraints/dev.txt
	@echo 'Installing what the tests need (about half a minute, once) ...'
	@$(BIN)/pip $(LOCKED) --requirement constraints/dev.txt
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

$(BENCH_VENV)/.made: python/pyproject.toml constraints/build.txt constraints/bench.txt Makefile
	@echo 'Installing what is measured, and what it is compared with, into $(BENCH_VENV) (about a minute, once) ...'
	@$(PYTHON) -m venv $(BENCH_VENV)
	@$(BENCH_VENV)/bin/pip $(LOCKED) --requirement constraints/build.txt
	@$(BENCH_VENV)/bin/pip $(LOCKED) --requirement constraints/bench.txt
	@$(BENCH_VENV)/bin/pip $(OURS)
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
$(CHECKOV_VENV)/.made: constraints/build.txt constraints/checkov.txt
	@echo 'Installing Checkov into $(CHECKOV_VENV) (about a minute, once) ...'
	@$(PYTHON) -m venv $(CHECKOV_VENV)
	@$(CHECKOV_VENV)/bin/pip $(LOCKED) --requirement constraints/build.txt
	@$(CHECKOV_VENV)/bin/pip $(LOCKED) --requirement constraints/checkov.txt
	@touch $@

checkov: $(CHECKOV_VENV)/.made
	LOG_LEVEL=ERROR $(CHECKOV_VENV)/bin/checkov --directory . --framework terraform --skip-path '^/?(\.|tests/)' \
		--skip-download --compact --quiet

$(TOOLS_VENV)/.made: constraints/build.txt constraints/tools.txt
	@echo 'Installing what releases and looks after packages into $(TOOLS_VENV) (once) ...'
	@$(PYTHON) -m venv $(TOOLS_VENV)
	@$(TOOLS_VENV)/bin/pip $(LOCKED) --requirement constraints/build.txt
	@$(TOOLS_VENV)/bin/pip $(LOCKED) --requirement constraints/tools.txt
	@touch $@

audit: $(TOOLS_VENV)/.made
	@$(TOOLS_VENV)/bin/python tools/audit.py

constraints: $(TOOLS_VENV)/.made
	@$(TOOLS_VENV)/bin/python tools/constraints.py

release: $(TOOLS_VENV)/.made
	@$(TOOLS_VENV)/bin/python tools/release.py

clean:
	@-test -x $(BIN)/firehose-logging && $(BIN)/firehose-logging local down 2>/dev/null
	rm -rf $(VENV) .cache dist .firehose-logging .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name .terraform -type d -prune -exec rm -rf {} +
	find . -name .terraform.lock.hcl -delete
