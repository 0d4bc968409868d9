# `make help` lists what there is. Everything else is in docs/operate/running.md.
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
VENV := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help run demo setup tools browser node test faults lint widget bench cluster lock sbom clean

help: ## List these commands
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile

# exec: make is the server's parent, with no shell between them that would outlive it.
run: ## Set everything up and serve on http://127.0.0.1:8000 (PORT and HOST change it)
	@exec $(PYTHON) app/ops/bootstrap.py run

demo: setup ## Serve the help centre and, on another origin, a gallery of hostile pages with the widget
	@exec $(VENV)/python -m tests.browser.gallery

setup: ## Everything `run` does before serving
	@exec $(PYTHON) app/ops/bootstrap.py setup

tools:
	@exec $(PYTHON) app/ops/bootstrap.py tools

browser:
	@exec $(PYTHON) app/ops/bootstrap.py browser

node:
	@exec $(PYTHON) app/ops/bootstrap.py node

# One more than the two processors of a small machine: tests wait for browsers, servers and databases.
WORKERS ?= 3
# A process that dies ends the run with the name of its test: pytest-xdist 3.8 cannot give its files to a new one.
IN_PARALLEL := $(if $(filter-out 0,$(WORKERS)),-n $(WORKERS) --max-worker-restart 0)
test: tools browser node ## Install what the tests need and run them, in WORKERS processes (0: one after another)
	@exec $(VENV)/python -m pytest $(IN_PARALLEL) $(TESTS)

faults: tools ## The fault tests at full length (about half an hour): kills, full disk, bad servers, jumping clock
	@exec $(VENV)/python -m tests.faults

lint: tools node ## Ruff, mypy and the import rules; Biome for JavaScript
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/mypy
	@$(VENV)/lint-imports
	@widget/node_modules/.bin/biome lint --error-on-warnings

widget: node ## Build the widget and the desk's text editor; commit what changes
	@node widget/bundle.js
	@node widget/bundle_editor.js
	@exec $(PYTHON) -m widget.build

bench: setup ## Measure relevance (where there are test sets), latency, indexing and memory
	@exec $(VENV)/python -m bench

cluster: tools ## Kill and freeze every node in turn under load (PATRONI="patroni" with etcd: the primary too), then restore a backup as another user; see docs/operate/scale.md
	@$(VENV)/python -m bench.cluster $(if $(PATRONI),--patroni "$(PATRONI)") $(CLUSTER) --json cluster.json
	@exec $(VENV)/python -m bench.restore_elsewhere --json restore.json

# What is called unsafe here is left out: PyTorch, whose build (CPU or CUDA) is left to each machine's pip and has no hash
# that would fit all (requirements-torch.txt), and pip itself, which comes with the virtual environment.
LOCK := $(VENV)/pip-compile -q --strip-extras --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
	--generate-hashes --no-allow-unsafe
COMPILED := sed -i '/^\#/d; /^$$/d; 1i \# Compiled by `make lock`. Do not edit.'
lock: tools ## Compile requirements*.txt, with hashes, from requirements*.in
	@$(LOCK) --unsafe-package torch -o requirements.txt requirements.in
	@$(COMPILED) requirements.txt
	@$(LOCK) --unsafe-package pip --unsafe-package torch -o requirements-dev.txt requirements-dev.in
	@$(COMPILED) requirements-dev.txt

sbom: tools ## List what an installation holds, with hashes, as CycloneDX in sbom.json
	@cat requirements.txt requirements-torch.txt | $(VENV)/cyclonedx-py requirements --output-reproducible --of JSON -o sbom.json -
	@echo "sbom.json"

clean: ## Remove everything that can be made again; tickets, mail and secrets in var/ stay
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	rm -rf var/index var/model var/cache widget/dist widget/node_modules tests/packages/node_modules tests/browser/widget/packages/node_modules
	find app support insight index kb core bench tests widget -name __pycache__ -type d -prune -exec rm -rf {} +
	rm -f core/translations/*/LC_MESSAGES/*.mo
