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
	$(VENV)/bin/python -m pytest

# The model that ships: a first model, then a student that learns from what it says of unlabelled
# papers. LABELLED and UNLABELLED name files of yours; about two hours on two cores.
TRAIN = $(VENV)/bin/tagstract train $(LABELLED) labels/starter.jsonl --mode full
default-model: $(VENV)/.test
	rm -rf build/teacher build/encoder build/student && mkdir -p build
	$(TRAIN) --version $(VERSION).teacher --out build/teacher --encoder-out build/encoder
	$(TRAIN) --base build/encoder --teacher build/teacher --unlabelled $(UNLABELLED) \
		--unlabelled-papers 10000 --epochs 2 --version $(VERSION) --out build/student
	rm -rf model_folder/default && mv build/student model_folder/default

$(VENV)/.light: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) -e .
	touch $@

$(VENV)/.test: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) -e '.[train,test]'
	touch $@ $(VENV)/.light

.PHONY: demo test default-model
