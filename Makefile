PYTHON ?= python3
VENV := .venv
PIP := $(VENV)/bin/pip install -q --disable-pip-version-check

# Tags a sample feed: the light install, no torch, no model hub.
demo: $(VENV)/.light
	$(VENV)/bin/tagstract tag serving/sample_feed.txt --table

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

$(VENV)/.light: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) -e .
	touch $@

$(VENV)/.test: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) -e '.[train,test]'
	touch $@ $(VENV)/.light

.PHONY: demo test default-model
