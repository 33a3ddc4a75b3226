PYTHON ?= python3
VENV := .venv
PIP := $(VENV)/bin/pip install -q --disable-pip-version-check

# Tags a sample feed, starts the HTTP service, asks it about a paper, and stops it.
demo: $(VENV)/.serve
	$(VENV)/bin/python deploy/demo.py

# Starts the HTTP service on http://127.0.0.1:3000 and leaves it running; Ctrl-C stops it.
serve: $(VENV)/.serve
	$(VENV)/bin/tagstract serve

# Tests that measure time, so nothing else may run beside them.
ALONE := $(addprefix tests/test_,flow.py hostile_calls.py page.py serve.py watch.py)

# The whole suite, with what training needs.
test: $(VENV)/.test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/python -m pytest -n 3 --dist loadfile $(ALONE:%=--ignore=%) --ignore=tests/test_linear.py
	$(VENV)/bin/python -m pytest $(ALONE)

# Lines that the suite runs, by room, subprocesses included. It takes twice as long, so tests that
# measure time may fail here; they count all the same.
coverage: export COVERAGE_FILE := $(CURDIR)/build/coverage/data
coverage: $(VENV)/.test
	rm -rf build/coverage && mkdir -p build/coverage
	-$(VENV)/bin/coverage run -m pytest -q -n 3 --dist loadfile
	$(VENV)/bin/python tests/coverage_by_room.py

# The time of every reader, writer and check by the size of hostile input, on a quiet machine; then
# with larger texts at more places of a file: minutes.
linear: $(VENV)/.test
	$(VENV)/bin/python -m pytest tests/test_linear.py
	$(VENV)/bin/python tests/test_linear.py

# The documentation as a site, in build/site; a broken link fails. `make test` builds it too.
docs: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/mkdocs build --quiet

# The drawings of docs/architecture.md, from the imports in the code.
architecture: $(VENV)/.docs
	$(VENV)/bin/python docs/site/architecture.py

# Known vulnerabilities of the installed dependencies; says so where no index can be reached.
audit: $(VENV)/.supply
	$(VENV)/bin/python deploy/audit.py

# The container's packages with their hashes, for deploy/Containerfile.
lock: $(VENV)/.serve
	$(VENV)/bin/python deploy/lock.py > deploy/requirements.lock.new
	mv deploy/requirements.lock.new deploy/requirements.lock

# What is installed, as CycloneDX.
sbom: $(VENV)/.supply
	mkdir -p build
	$(VENV)/bin/cyclonedx-py environment --output-format JSON --output-file build/sbom.json $(VENV)/bin/python

# The model that ships, in three steps. PAPERS names files with the texts of our annotations,
# UNLABELLED more papers, VERSION the new version.
#   make packed         here: tokens and labels as arrays in build/packed
#   python run.py ...   on a machine with a GPU: a quarter of an hour (docs/developers.md)
#   make default-model  here: the model folder, its cascade and its float weights from what came back
DRAWS := build/labels/careful.jsonl build/labels/rough.jsonl
LABELLED := $(DRAWS) labels/starter.jsonl
HELD_OUT := build/labels/held_out.jsonl
TAGSTRACT := $(VENV)/bin/tagstract

build/labels: $(VENV)/.test
	test -n '$(PAPERS)'  # PAPERS="FILE ...": files with the annotated papers
	rm -rf build/labels
	$(TAGSTRACT) labels annotations $(PAPERS) --out build/labels

packed: build/labels
	test -n '$(UNLABELLED)'  # UNLABELLED="FILE ...": files with more papers
	rm -rf build/packed
	test -d build/mpnet || $(TAGSTRACT) train mpnet build/mpnet
	$(TAGSTRACT) train pack build/labels/careful.jsonl labels/starter.jsonl \
		--rough build/labels/rough.jsonl --held-out $(HELD_OUT) --unlabelled $(UNLABELLED) \
		--teacher-base build/mpnet --out build/packed
	cp training/gpu/run.py training/gpu/network.py build/packed

default-model: build/labels
	test -n '$(VERSION)' && test -f build/packed/student.safetensors && test -d build/packed/small-fast
	rm -rf build/student build/default build/float
	$(TAGSTRACT) train unpack build/packed $(LABELLED) --held-out $(HELD_OUT) --out build/student
	$(TAGSTRACT) train full $(LABELLED) --held-out $(HELD_OUT) \
		--trained build/student --without-texts --version $(VERSION) --out build/default
	$(TAGSTRACT) train cascade build/default --packed build/packed --held-out $(HELD_OUT)
	$(TAGSTRACT) train float build/student build/default --out build/float
	rm -rf model_folder/default model_folder/float
	mv build/default model_folder/default
	mv build/float model_folder/float

$(VENV)/.serve: pyproject.toml
	@echo "Installing Tagstract and its HTTP service into $(VENV); this takes about a minute."
	$(PYTHON) -m venv $(VENV)
	$(PIP) -e '.[serve]'
	@touch $@

$(VENV)/.test: pyproject.toml
	@echo "Installing all that training and the tests need into $(VENV); this takes some minutes."
	$(PYTHON) -m venv $(VENV)
	$(PIP) -e '.[test]'
	@touch $@ $(VENV)/.serve $(VENV)/.docs

$(VENV)/.docs: pyproject.toml
	@echo "Installing what the documentation needs into $(VENV)."
	$(PYTHON) -m venv $(VENV)
	$(PIP) -e '.[docs]'
	@touch $@

$(VENV)/.supply: $(VENV)/.serve
	$(PIP) pip-audit cyclonedx-bom
	@touch $@

.PHONY: demo serve test coverage linear docs architecture audit lock sbom packed default-model
