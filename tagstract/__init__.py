"""Tagstract tags research abstracts with research areas.

    >>> import tagstract
    >>> tagger = tagstract.load()
    >>> [paper] = tagger.tag([{"title": "...", "abstract": "..."}])
    >>> paper.status, paper.tags

The packages lie in folders of their own at the top of the repository. An installed copy has them
inside this folder (`package-dir` in pyproject.toml); a checkout has links to them, which type
checkers and editors follow as well.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagstract.telemetry import switch_off_telemetry

# Before any dependency is imported: ONNX Runtime reads its variable when it is loaded.
switch_off_telemetry()

if not (Path(__file__).parent / "labels" / "__init__.py").is_file():
    # Git for Windows may write the links as plain files, and `bentoml build` copies no links.
    __path__.append(str(Path(__file__).resolve().parent.parent))

if TYPE_CHECKING:
    from tagstract.labels.errors import TagstractError
    from tagstract.labels.tagged import Tag, Tagged
    from tagstract.serving.api import Tagger, load

    __version__: str

_PUBLIC = {
    "Tag": "tagstract.labels.tagged",
    "Tagged": "tagstract.labels.tagged",
    "Tagger": "tagstract.serving.api",
    "TagstractError": "tagstract.labels.errors",
    "load": "tagstract.serving.api",
}

__all__ = ["Tag", "Tagged", "Tagger", "TagstractError", "__version__", "load"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: `import tagstract` alone costs nothing."""
    if name == "__version__":
        from importlib.metadata import version

        value: Any = version("tagstract")
    elif name in _PUBLIC:
        value = getattr(import_module(_PUBLIC[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
