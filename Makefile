# radqa: run, test, check, ui, eval, bench. `make run Q="..."` asks your own question.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
Q ?= Follow-up for a 7 mm solid nodule in a heavy smoker?
ONLY ?= e2e
COVER ?=
READER ?= build/reader
PIP_FLAGS = $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX),)

.PHONY: run test test-web test-e2e screenshots check ui eval bench train train-eval docs sbom lock clean

run: $(VENV)/.installed
	@$(BIN)/radqa ask "$(Q)"
	@echo; echo 'Go on:  make run Q="..."  |  $(BIN)/radqa ask --help  |  $(BIN)/radqa doctor  |  make ui'

test: $(VENV)/.dev
	$(BIN)/python -m pytest -q -n auto --dist loadfile -m "not slow and not e2e and not web" $(COVER)

test-web: $(VENV)/.dev
	@test -e /usr/share/doc/searx/examples/settings.yml || apt-get install -y searx || echo "searx could not be installed: its tests skip"
	$(BIN)/python -m pytest -q -m web -rs

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m corpora.readers.cards corpora/guidelines/*.md > /dev/null
	$(BIN)/radqa corpus lint > /dev/null
	$(BIN)/python -m agent.graph check
	$(BIN)/python -m retrievers.vectors check
	$(BIN)/python -m corpora.concepts.compiled check
	$(BIN)/python -m corpora.abbreviations check

test-e2e: $(VENV)/.e2e
	$(BIN)/python -m pytest -q -m "$(ONLY)" tests/e2e

screenshots: $(VENV)/.e2e
	$(BIN)/python -m tests.e2e.screenshots

ui: $(VENV)/.ui
	$(BIN)/radqa chat

eval: $(VENV)/.dev
	rm -rf evals/results/core
	$(BIN)/radqa eval run evals/datasets/radqa_core.jsonl --systems extractive --concurrency 2 --out evals/results/core --floors evals/floors.toml

bench: $(VENV)/.dev
	$(BIN)/python -m bench

# The documentation as a site, in build/docs; a link or an anchor that leads nowhere fails.
docs: $(VENV)/.docs
	$(BIN)/mkdocs build --strict --quiet

# What is installed, with versions and licences, as CycloneDX; the tool lives in an environment of its own.
sbom: $(VENV)/.installed
	$(PYTHON) -m venv $(VENV)/.sbom && $(VENV)/.sbom/bin/pip install -qq cyclonedx-bom
	$(VENV)/.sbom/bin/cyclonedx-py environment $(BIN)/python -o sbom.json

# Every file that an installation fetches, with its hash, for each platform.
lock: constraints.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)/.lock && $(VENV)/.lock/bin/pip install -qq uv
	$(VENV)/.lock/bin/uv pip compile -q --universal --generate-hashes --no-annotate -c constraints.txt $(if $(TORCH_INDEX),--index $(TORCH_INDEX),) -o requirements.lock pyproject.toml

# The reader and its gate anew, from the questions in training/data; stop and start it as you like.
train: $(VENV)/.dev
	$(BIN)/python -m training.questions check
	$(BIN)/python -m training.train --out $(READER)
	$(BIN)/python -m training.pack $(READER)/checkpoint.pt
	$(BIN)/radqa index build --out $(READER)/index
	$(BIN)/python -m training.gate --index $(READER)/index --weights retrievers/data/reader.safetensors --write

# What the packaged reader is worth on cards it was not trained on (after `make train`, or it was trained on them).
train-eval: $(VENV)/.dev
	$(BIN)/radqa index build --out $(READER)/index
	$(BIN)/python -m training.evaluate --index $(READER)/index --weights retrievers/data/reader.safetensors

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --upgrade pip

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install -qq $(PIP_FLAGS) -c constraints.txt torch
	$(BIN)/python -m pip install -qq $(PIP_FLAGS) -c constraints.txt -e .
	@touch $@

$(VENV)/.ui: $(VENV)/.installed
	$(BIN)/python -m pip install -qq $(PIP_FLAGS) -c constraints.txt -e ".[ui]"
	@touch $@

$(VENV)/.dev: $(VENV)/.installed
	$(BIN)/python -m pip install -qq $(PIP_FLAGS) -c constraints.txt -e ".[dev]"
	@touch $@

$(VENV)/.docs: $(VENV)/.installed
	$(BIN)/python -m pip install -qq $(PIP_FLAGS) -c constraints.txt -e ".[docs]"
	@touch $@

# The browser itself comes from the system: apt-get install chromium
$(VENV)/.e2e: $(VENV)/.dev
	$(BIN)/python -m pip install -qq $(PIP_FLAGS) -c constraints.txt -e ".[e2e]"
	@touch $@

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
