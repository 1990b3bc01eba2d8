# Homeroom: `make` alone lists what there is. ARGS="..." passes options on.
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python

.PHONY: help setup dev demo test check bench soak eval

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## .venv with everything Homeroom runs on, and the command .venv/bin/homeroom
	@scripts/setup

dev: ## The same, with what tests and checks need
	@scripts/setup --dev

demo: setup ## Everything on one machine, with a sample district: make demo ARGS="--port 8765"
	@exec .venv/bin/homeroom demo $(ARGS)

test: dev ## The whole suite
	@$(PYTHON) -m pytest -n 2 --dist worksteal $(ARGS)

check: dev ## Form, types, arrows, templates, migrations, translations, locks
	@scripts/check

bench: dev ## Speed and memory against their targets
	@$(PYTHON) -m bench $(ARGS)

soak: dev ## Long trials
	@$(PYTHON) -m pytest -m soak $(ARGS)

eval: dev ## How well it understands, on held-out data
	@for each in evals/[a-z]*.py; do echo "== $$each"; \
		$(PYTHON) -m evals.$$(basename $$each .py) || exit 1; done
