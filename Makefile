PYTHON ?= python3
VENV := .venv
PIP := $(VENV)/bin/pip install -q --disable-pip-version-check

# Tags a sample feed, starts the HTTP service, asks it about a paper, and stops it.
demo: $(VENV)/.serve
	$(VENV)/bin/python deploy/demo.py

# Starts the HTTP service on http://127.0.0.1:3000 and leaves it running; Ctrl-C stops it.
serve: $(VENV)/.serve
	$(VENV)/bin/tagstract serve

# The whole suite, with what training needs.
test: $(VENV)/.test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/python -m pytest

# The model that ships: a stronger base is trained first, and teaches the small one on UNLABELLED.
# PAPERS names files with the texts of our annotations, labelled files of yours among them. On a GPU a
# quarter of an hour, on two cores days; what was done is kept, and the same command goes on.
LABELLED := build/labelled.jsonl labels/starter.jsonl
TUNE := $(VENV)/bin/python -m tagstract.training.modes.tune $(LABELLED)

default-model: $(VENV)/.test
	test -n '$(PAPERS)' -a -n '$(UNLABELLED)' -a -n '$(VERSION)'  # all three must be given
	mkdir -p build
	$(VENV)/bin/python -m tagstract.labels.annotations $(PAPERS) --out build/labelled.jsonl
	test -d build/mpnet || $(VENV)/bin/python -m tagstract.training.transformer.mpnet build/mpnet
	test -d build/teacher || $(TUNE) --base build/mpnet --out build/teacher \
		--set epochs=3 batch=32 encoder_rate=1e-4 head_rate=1e-3
	test -d build/student || $(TUNE) --teacher build/teacher --unlabelled $(UNLABELLED) \
		--set epochs=6 passes=6 batch=64 train_tokens=256 encoder_rate=4e-4 head_rate=3e-3 \
		--out build/student
	rm -rf build/default
	$(VENV)/bin/tagstract train $(LABELLED) --mode full --trained build/student \
		--version $(VERSION) --out build/default
	rm -rf model_folder/default && mv build/default model_folder/default
	rm -rf build/teacher build/student

$(VENV)/.serve: pyproject.toml
	@echo "Installing Tagstract and its HTTP service into $(VENV); this takes about a minute."
	$(PYTHON) -m venv $(VENV)
	$(PIP) -e '.[serve]'
	@touch $@

$(VENV)/.test: pyproject.toml
	@echo "Installing all that training and the tests need into $(VENV); this takes some minutes."
	$(PYTHON) -m venv $(VENV)
	$(PIP) -e '.[test]'
	@touch $@ $(VENV)/.serve

.PHONY: demo serve test default-model
