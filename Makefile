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

# The model that ships. PAPERS names files with the texts of our annotations, labelled files of yours
# among them; an hour and a half on two cores.
default-model: $(VENV)/.test
	rm -rf build/default && mkdir -p build
	$(VENV)/bin/python -m labels.annotations $(PAPERS) --out build/labelled.jsonl
	$(VENV)/bin/tagstract train build/labelled.jsonl labels/starter.jsonl --mode full --epochs 3 \
		--version $(VERSION) --out build/default
	rm -rf model_folder/default && mv build/default model_folder/default

$(VENV)/.light: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) -e .
	touch $@

$(VENV)/.test: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) -e '.[train,test]'
	touch $@ $(VENV)/.light

.PHONY: demo test default-model
