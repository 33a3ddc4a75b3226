"""arXiv's categories, and the research field that each belongs to."""

from __future__ import annotations

_ARCHIVES = {
    "computing": "cs",
    "statistics": "stat",
    "electrical engineering": "eess",
    "mathematics": "math",
    "physics": "cond-mat gr-qc hep-ex hep-lat hep-ph hep-th math-ph nlin nucl-ex nucl-th physics"
    " quant-ph",
    "astronomy": "astro-ph",
    "biology and medicine": "q-bio physics.bio-ph physics.med-ph",
    "economics": "econ q-fin",
    "databases": "cs.DB",
}
"""Archives by field, and single categories that belong elsewhere than their archive."""

_FIELDS = {part: field for field, parts in _ARCHIVES.items() for part in parts.split()}


def field_of(category: str) -> str | None:
    """The field of an arXiv category such as `hep-th` or `cs.DB`; None: it is no such category."""
    return _FIELDS.get(category) or _FIELDS.get(category.partition(".")[0])
