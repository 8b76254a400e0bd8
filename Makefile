# Everything is done from here: each target sets itself up and skips the set-up where it stands.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
UV := 0.13.9
SMALL := $(CURDIR)/build/notebooks
NBVAL := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist loadfile -o addopts= \
	--nbval-lax --nbval-current-env --nbval-cell-timeout=300 notebooks

.PHONY: report test soak bench demo lock clean

# The main job: the demo study's newest edition, in reports/demo-<year>/.
report: $(READY)
	$(BIN)/ksn report

# Every check at a modest size.
test: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder
	rm -rf $(SMALL)
	KSN_SECRETS=$(SMALL)/secrets $(BIN)/python -m tests.small_study $(SMALL)/study
	KSN_SECRETS=$(SMALL)/secrets KSN_STUDY=$(SMALL)/study $(NBVAL)

# The same checks at full size, with the browser, and the notebooks on the demo study.
soak: export KSN_SOAK = 1
soak: export KSN_BROWSER = 1
soak: test
	$(NBVAL)

# One JSON line a benchmark: make bench ONLY=alpha_by_group (all without ONLY).
bench: $(READY)
	$(BIN)/python -m tests.benchmarks $(ONLY)

# Write the demo study again; it comes out byte for byte the same.
demo: $(READY)
	$(BIN)/python surveys/demo/make_demo.py

# Renew the lock after a change of dependencies. It holds names, versions and hashes only.
lock: $(READY)
	$(BIN)/uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --quiet --output-file requirements.lock

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV)
	$(BIN)/uv pip install --quiet --compile-bytecode --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $(READY)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache build dist
