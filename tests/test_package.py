"""One import name: `tagstract`, in every way that it can be installed or run."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

import tagstract

ROOT = Path(__file__).parent.parent

PAPER = {
    "title": "Four-bit weights for language models on phones",
    "abstract": "We quantise the weights of a large language model to four bits.",
}


def test_the_public_names():
    assert tagstract.__all__ == [
        *("Tag", "Tagged", "Tagger", "TagstractError", "__version__", "load")
    ]
    assert all(hasattr(tagstract, name) for name in tagstract.__all__)
    with pytest.raises(AttributeError, match="no attribute 'lod'"):
        _ = tagstract.lod


def test_a_loaded_tagger_tags_papers():
    tagger = tagstract.load()
    tagged, broken = tagger.tag([PAPER, {"note": "Nothing else"}])
    assert tagged.status == "tagged" and tagged.reason is None and tagged.record == PAPER
    [tag] = tagged.tags
    assert tag.area == "efficiency" and 0.5 < tag.probability <= 1
    assert (broken.status, broken.tags) == ("error", ())


def test_a_model_that_is_not_there_is_told():
    with pytest.raises(tagstract.TagstractError, match="no such model"):
        tagstract.load("/nowhere")


def test_importing_the_name_loads_nothing_else():
    code = "import sys, tagstract; print(*(name for name in sys.modules if 'tagstract.' in name))"
    assert run(code, ROOT) == "tagstract.telemetry"


def test_modules_beside_a_script_do_not_get_in_the_way(tmp_path):
    for name in ("labels", "serving", "model_folder"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('not this one')")
    code = f"import tagstract; print(tagstract.load().tag([{PAPER!r}])[0].tags[0].area)"
    assert run(code, tmp_path) == "efficiency"


@pytest.mark.parametrize("plain_files", [False, True])
def test_a_checkout_without_links_works(tmp_path, plain_files):
    """As git for Windows may write it, and as a Bento holds it."""
    package = tmp_path / "tagstract"
    package.mkdir()
    for path in (ROOT / "tagstract").iterdir():
        if path.suffix == ".py":
            (package / path.name).write_text(path.read_text())
        elif path.is_symlink() and plain_files:
            (package / path.name).write_text(f"../{path.name}")
    for room in ("cli", "labels", "model_folder", "serving"):
        (tmp_path / room).symlink_to(ROOT / room)
    code = "import tagstract.cli.main as cli; print(cli.__name__, cli.__file__)"
    assert run(code, tmp_path) == f"tagstract.cli.main {tmp_path}/cli/main.py"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A fresh environment with Tagstract's wheel; what that needs comes from this environment."""
    home = tmp_path_factory.mktemp("wheel")
    source = home / "source"  # building leaves files beside the source
    left_out = ("build", ".*", "tests", "docs", "benchmarks", "float", "annotations.jsonl")
    shutil.copytree(ROOT, source, symlinks=True, ignore=shutil.ignore_patterns(*left_out))
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    offline = ["--no-deps", "--no-index"]
    build = [*pip, "wheel", *offline, "--no-build-isolation", "-w", str(home), str(source)]
    subprocess.run(build, check=True)
    [wheel] = home.glob("*.whl")
    venv.create(home / "venv", with_pip=False)
    python = home / "venv" / "bin" / "python"
    subprocess.run([*pip, "--python", str(python), "install", *offline, str(wheel)], check=True)
    [packages] = (home / "venv").glob("lib/python*/site-packages")
    contents = {path.name for path in packages.iterdir()}
    (packages / "needed.pth").write_text(sysconfig.get_path("purelib"))
    return python, packages, contents


def in_venv(python: Path, folder: Path, *words: str) -> str:
    """What a fresh interpreter prints, without what the environment of the tests adds."""
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    line = [str(python), *words]
    done = subprocess.run(line, capture_output=True, text=True, cwd=folder, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_wheel_installs_one_name_and_all_that_tagging_needs(installed, tmp_path):
    python, packages, contents = installed
    info = f"tagstract-{tagstract.__version__}.dist-info"
    assert contents == {"tagstract", info}
    names = {path.name for path in (packages / "tagstract").iterdir()}
    assert {"py.typed", "labels", "serving", "training"} <= names
    assert {path.name for path in python.parent.iterdir()} >= {"tagstract"}
    for name in ("labels", "serving", "training", "cli"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('not this one')")
    script = tmp_path / "script.py"
    script.write_text(
        "import tagstract\n"
        f"tagged, = tagstract.load().tag([{PAPER!r}])\n"
        "assert isinstance(tagged, tagstract.Tagged)\n"
        "assert isinstance(tagged.tags[0], tagstract.Tag)\n"
        "try: tagstract.load('/nowhere')\n"
        "except tagstract.TagstractError as error: assert 'no such model' in str(error)\n"
        "print(tagged.tags[0].area, tagstract.__version__, tagstract.__file__)\n"
    )
    place = packages / "tagstract" / "__init__.py"
    expected = f"efficiency {tagstract.__version__} {place}"
    assert in_venv(python, tmp_path, str(script)) == expected
    feed = packages / "tagstract" / "serving" / "sample_feed.txt"
    command = str(python.parent / "tagstract")
    assert in_venv(python, tmp_path, command, "tag", str(feed)).count('"status"') == 12


def run(code: str, folder: Path) -> str:
    """What Python prints when it runs the code with the folder first on its path."""
    code = f"import sys; sys.path.insert(0, {str(folder)!r}); {code}"
    line = [sys.executable, "-c", code]
    done = subprocess.run(line, capture_output=True, text=True, cwd=folder, check=True)
    return done.stdout.strip()
