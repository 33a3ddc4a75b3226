"""What the first tag costs: nothing is imported, read or opened that it does not need."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tagstract.labels import InputError, load_taxonomy
from tagstract.model_folder import Model
from tagstract.model_folder import format as files
from tagstract.model_folder.arrays import save_arrays
from tagstract.model_folder.cascade import Speed
from tagstract.model_folder.store import DEFAULT_FOLDER

_AFTER_A_RUN = """
import json, sys
from tagstract.cli.main import main
assert main(["tag", sys.argv[1], "--quiet"]) == 0
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DEFAULT_FOLDER, tmp_path / "model"))


def test_tagging_jsonl_imports_no_other_format(tmp_path, starter):
    feed = tmp_path / "feed.jsonl"
    feed.write_text("".join(json.dumps(paper) + "\n" for paper in starter[:2]))
    done = subprocess.run(
        [sys.executable, "-c", _AFTER_A_RUN, str(feed)],
        capture_output=True,
        text=True,
        check=True,
    )
    imported = set(json.loads(done.stderr))
    needless = {"lxml", "importlib.metadata", "pyarrow", "rich", "httpx", "bentoml", "sklearn"}
    assert needless & imported == set()
    assert "tagstract.labels.io.formats.html" not in imported


def test_only_commands_that_fit_models_get_all_threads_of_openblas():
    show = "from tagstract.cli.main import main; import os; {}; print(os.environ.get({!r}))"
    name = "OPENBLAS_NUM_THREADS"
    bare = {key: value for key, value in os.environ.items() if key != name}

    def threads(command: str, environment: dict[str, str]) -> str:
        call = f"main([{command!r}, 'nowhere'])"
        code = [sys.executable, "-c", show.format(call, name)]
        done = subprocess.run(code, capture_output=True, text=True, env=environment, check=True)
        return done.stdout.strip()

    assert threads("tag", bare) == "1"
    assert threads("tag", {**bare, name: "4"}) == "4"
    assert threads("evaluate", bare) == "None"


def test_the_fast_stages_are_read_only_where_they_answer(copied):
    (copied / files.CASCADE).write_bytes(b"damaged")
    assert Model.load(copied).cascade is None
    with pytest.raises(InputError, match=r"cascade\.npz: is damaged"):
        Model.load(copied, speed=Speed.FAST)
    with pytest.raises(InputError, match=r"cascade\.npz: is damaged"):
        files.check(copied)
    (copied / files.CASCADE).unlink()
    with pytest.raises(InputError, match=r"cascade\.npz: is missing"):
        Model.load(copied)


def test_arrays_are_compressed_where_that_pays(tmp_path):
    noise = np.random.default_rng(0).integers(-128, 128, 10_000).astype(np.int8)
    arrays = {"noise": noise, "zeros": np.zeros(10_000, np.int8), "number": np.array(3)}
    for name in ("one.npz", "two.npz"):
        save_arrays(tmp_path / name, arrays)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    with np.load(tmp_path / "one.npz", allow_pickle=False) as loaded:
        for name, array in arrays.items():
            np.testing.assert_array_equal(loaded[name], array)
    with zipfile.ZipFile(tmp_path / "one.npz") as archive:
        packed = {member.filename: member.compress_type for member in archive.infolist()}
    assert packed["noise.npy"] == zipfile.ZIP_STORED
    assert packed["zeros.npy"] == zipfile.ZIP_DEFLATED


def test_a_taxonomy_as_a_model_folder_has_it_is_the_same_and_needs_no_yaml(tmp_path):
    path = tmp_path / "taxonomy.yaml"
    # An area that stands outside of its group keeps its column.
    path.write_text(
        "name: n\nversion: 1\ngroups:\n"
        "- {id: g, name: G}\n- {id: h, name: H}\n"
        "areas:\n"
        "- {id: a, name: A, description: Of a., group: h}\n"
        "- {id: b, name: Ä, description: Of b., group: g}\n"
    )
    taxonomy = load_taxonomy(path)
    assert taxonomy.ids == ("a", "b")
    path.write_text(taxonomy.as_text())
    assert load_taxonomy(path) == taxonomy
    code = "import sys; from tagstract.labels import load_taxonomy; load_taxonomy(sys.argv[1]); "
    code += "assert 'yaml' not in sys.modules"
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ('"id": "b"', '"id": "a"', "17: the area 'a' is given twice, first on line 11"),
        ('"name": "B"', '"id": "c"', "19: the key 'id' is given twice"),
        ('"name": "B"', '"name": ""', "17: 'name' is missing or empty"),
    ],
)
def test_a_taxonomy_in_json_names_the_line_too(tmp_path, old, new, wrong):
    path = tmp_path / "taxonomy.yaml"
    path.write_text(
        "name: n\nversion: 1\ngroups:\n- {id: g, name: G, areas: [\n"
        "  {id: a, name: A, description: Of a.}, {id: b, name: B, description: Of b.}]}\n"
    )
    path.write_text(load_taxonomy(path).as_text().replace(old, new))
    with pytest.raises(InputError) as caught:
        load_taxonomy(path)
    assert wrong in str(caught.value)
