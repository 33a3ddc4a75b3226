"""The documentation builds as a site without a warning, and its drawings show the code as it is."""

import os
import re
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "docs/site"))


def test_the_drawings_are_up_to_date():
    from architecture import DOCS, drawings

    stale = [name for name, text in drawings().items() if (DOCS / name).read_text("utf-8") != text]
    assert not stale, "run `make architecture`"


def test_a_drawing_leaves_out_what_other_arrows_imply():
    from architecture import draw, rows_of, without_implied

    arrows = without_implied({"a": {"b", "c"}, "b": {"c"}, "c": set(), "alone": set()})
    assert arrows == {"a": {"b"}, "b": {"c"}, "c": set(), "alone": set()}
    rows, _ = rows_of({node: arrows[node] for node in "abc"})
    assert rows == [["a"], ["b"], ["c"]]
    assert draw("example", arrows).count("<rect") == 4


def test_an_arrow_past_a_row_bends_there():
    from architecture import rows_of

    rows, steps = rows_of({"a": {"b", "d"}, "b": {"c"}, "c": set(), "d": set()})
    assert rows == [["a"], ["b", "a>d>1"], ["c", "d"]]
    assert steps["a>d>1"] == {"d"}


def test_the_site_builds_and_loads_nothing_from_elsewhere(tmp_path):
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", tmp_path],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    pages = [page.read_text("utf-8") for page in tmp_path.rglob("*.html")]
    assert len(pages) > 15
    for page in pages:
        assert not re.findall(r'<(?:script|img|link)[^>]*(?:src|href)="(?:https?:)?//[^"]*"', page)
    api = (tmp_path / "docs/api/index.html").read_text("utf-8")
    for name in ("load", "Tagger.tag", "Tagged.as_dict", "TagstractError"):
        assert f'id="tagstract.{name}"' in api


def test_the_site_has_every_page():
    nav = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"]
    listed = set(re.findall(r"[\w./-]+\.md", str(nav)))
    assert {page.relative_to(ROOT).as_posix() for page in (ROOT / "docs").glob("*.md")} <= listed
