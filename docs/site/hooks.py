"""What MkDocs needs to build the site from pages written to be read in a checkout.

Pages link to each other and to files of the repository by relative paths. So the site has the
repository's layout: docs/users.md is the page docs/users/, and README.md the first page.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\(([^)#:\s]+)[^):]*\)")
API = "docs/api.md"
TYPES_OF_FIELDS = ("Evidence", "Status", "Reason")
MEMBERS = "    options:\n      show_if_no_docstring: true\n"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """The pages of the navigation, what they link to, and the theme's own files."""
    pages = [page for page in pages_of(config.nav) if page != API]
    linked = {target for page in pages for target in targets(ROOT / page)}
    found = [file for file in files if file.src_dir != config.docs_dir]
    for path in [*pages, *sorted(linked.difference(pages))]:
        found.append(File(path, str(ROOT), config.site_dir, config.use_directory_urls))
    found.append(File.generated(config, API, content=api_page()))
    return Files(found)


def pages_of(nav: object) -> list[str]:
    """The paths in MkDocs' nested lists of titles and pages."""
    if isinstance(nav, str):
        return [nav]
    parts = nav.values() if isinstance(nav, dict) else nav if isinstance(nav, list) else []
    return [page for part in parts for page in pages_of(part)]


def targets(page: Path) -> list[str]:
    """Files of the repository that a page links to; MkDocs warns of what does not exist."""
    paths = ((page.parent / link).resolve() for link in LINK.findall(page.read_text("utf-8")))
    return [
        path.relative_to(ROOT).as_posix()
        for path in paths
        if path.is_file() and path.is_relative_to(ROOT)
    ]


def public_names() -> list[str]:
    """`tagstract.__all__`, read without importing the package."""
    for node in ast.parse((ROOT / "tagstract/__init__.py").read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    raise ValueError("tagstract/__init__.py has no __all__")


def api_page() -> str:
    """A page with the docstrings of the public names, and of the types in their fields."""
    names = [name for name in public_names() if not name.startswith("__")]
    parts = [f"::: tagstract.{name}\n" for name in names]
    parts += [f"::: tagstract.labels.tagged.{name}\n{MEMBERS}" for name in TYPES_OF_FIELDS]
    return "\n".join(["# Python API\n\n`import tagstract` gives the names below.\n", *parts])
