# Two commands do everything: `make demo` and `make test`. Each sets up .venv first where that is still to do.

PYTHON ?= $(firstword $(shell command -v python3.11 python3.12 python3))
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: setup demo test test-all lint clean

setup: $(INSTALLED)

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"
	touch $@

# The project's own samples, or videos of yours: make demo DANCE=dance.mp4 TARGET=me.mp4 [MINUTES=10]
MINUTES ?= 10

demo: setup
ifeq ($(and $(DANCE),$(TARGET)),)
	@$(BIN)/python -m samples.demo --out out
else
	@mkdir -p out
	$(BIN)/motion-transfer train "$(TARGET)" --out out/subject --minutes $(MINUTES)
	$(BIN)/motion-transfer transfer "$(DANCE)" --subject out/subject --out out/demo.mp4 --side-by-side
endif

# `make test` leaves out the slow tests, except in continuous integration (CI=true, or SLOW=1); `make test-all` does not.
SLOW ?= $(CI)

test-all: SLOW = 1

test test-all: lint
	$(BIN)/python -m pytest $(if $(SLOW),,-m "not slow")

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:
	rm -rf $(VENV) out .mypy_cache .ruff_cache .pytest_cache .hypothesis
