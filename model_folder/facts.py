"""What `model.json` says of a model: where it comes from, and the digests of its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, get_args, get_origin, get_type_hints

from tagstract.labels import InputError

FORMAT = 2
"""Raised by one with every change that an older reader would misread."""


@dataclass(frozen=True)
class ModelFacts:
    """The facts of a model. Those of older models may lack any that has a default.

    Attributes:
        name, version: together `name:version`, as in the model store.
        max_tokens: what the model reads of a paper; the rest is cut.
        mode: how it was trained, "full" or "head".
        base, licence: the pretrained encoder, and the licence that it came under.
        parent: the model that the head mode started from.
        refitted_from: the model whose heads were fitted again.
        recipe: settings of the fine-tuning, as in `tagstract.training.transformer.recipe`.
        training, labelled_by: how it was trained and who labelled its papers, in sentences.
        unlabelled: files and number of unlabelled papers, and the teacher that labelled them.
        epochs: loss, score and seconds of each epoch of the fine-tuning.
        device: what it was fine-tuned on.
        seed: of the head mode.
        papers, papers_unseen: labelled papers; those among them that the parent had not seen.
        areas, taxonomy_version: number of areas, and the version of their taxonomy.
        mix: share of the transformer in the logit.
        data_sha256: digest of the labelled papers and their labels.
        created: time in UTC, ISO 8601.
        libraries, python: versions that trained it.
        files: SHA-256 of every other file of the folder, by name.
        format: of the folder.
        more: facts that this version does not know; kept as they are.
    """

    name: str
    version: str
    max_tokens: int
    mode: str | None = None
    base: str | None = None
    licence: str | None = None
    parent: str | None = None
    refitted_from: str | None = None
    recipe: Mapping[str, Any] | None = None
    training: str | None = None
    labelled_by: str | None = None
    unlabelled: Mapping[str, Any] | None = None
    epochs: Sequence[Mapping[str, float]] | None = None
    device: str | None = None
    seed: int | None = None
    papers: int | None = None
    papers_unseen: int | None = None
    areas: int | None = None
    taxonomy_version: int | None = None
    mix: float | None = None
    data_sha256: str | None = None
    created: str | None = None
    libraries: Mapping[str, str] | None = None
    python: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    format: int = FORMAT
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def tag(self) -> str:
        """`name:version`."""
        return f"{self.name}:{self.version}"

    def described(self) -> dict[str, Any]:
        """All that is known, but for the format and the files."""
        known = {name: getattr(self, name) for name in _KNOWN if name not in ("files", "format")}
        return {**{key: value for key, value in known.items() if value is not None}, **self.more}

    def as_dict(self) -> dict[str, Any]:
        """The content of `model.json`."""
        return {"format": self.format, **self.described(), "files": dict(self.files)}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], source: str) -> ModelFacts:
        """Read the content of `model.json`.

        Args:
            source: its path, for messages.

        Raises:
            InputError: another format, or a fact that is missing or of the wrong kind.
        """
        if document.get("format") != FORMAT:
            known = f"this Tagstract reads format {FORMAT}"
            raise InputError(f"model format {document.get('format')!r}; {known}", source)
        for name, kinds in _KNOWN.items():
            if not isinstance(document.get(name), kinds):
                raise InputError(
                    f"is damaged: '{name}' is missing or has the wrong type; copy the folder again",
                    source,
                )
        more = {name: value for name, value in document.items() if name not in _KNOWN}
        return cls(**{name: document[name] for name in _KNOWN if name in document}, more=more)


_JSON: dict[Any, tuple[type, ...]] = {Mapping: (dict,), Sequence: (list,), float: (float, int)}


def _kinds(hint: Any) -> tuple[type, ...]:
    """The types that JSON gives for a field."""
    parts = get_args(hint) if type(None) in get_args(hint) else (hint,)
    origins = [get_origin(part) or part for part in parts]
    return tuple(kind for origin in origins for kind in _JSON.get(origin, (origin,)))


_KNOWN = {
    name: _kinds(hint)
    for name, hint in get_type_hints(ModelFacts).items()
    if name in {one.name for one in fields(ModelFacts)} - {"more"}
}
"""The types that each fact may have."""
