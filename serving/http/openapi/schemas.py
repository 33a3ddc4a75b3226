"""The shapes of what the service takes and answers, as JSON schemas.

Those of tagged papers come from the types of `labels/tagged.py`; only what the types don't say is
written here.
"""

from __future__ import annotations

from types import NoneType
from typing import Any, Union, get_args, get_type_hints

from pydantic import TypeAdapter

from tagstract.labels.corrections import Outcome
from tagstract.labels.speed import Speed
from tagstract.labels.tagged import FIELDS, TYPES
from tagstract.serving.http.faults import CODES

__all__ = ["COUNT", "PROBABILITY", "SCHEMAS", "TEXT", "Schema", "list_of", "object_of", "ref"]

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
PROBABILITY: Schema = {"type": "number", "minimum": 0, "maximum": 1}


def ref(name: str, kind: str = "schemas") -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}


def list_of(of: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": of, **more}


def object_of(properties: dict[str, Schema], *optional: str, **more: Any) -> Schema:
    """An object; what is not named as optional is always there."""
    needed = [name for name in properties if name not in optional]
    return {
        "type": "object",
        "properties": properties,
        **({"required": needed} if needed else {}),
        **more,
    }


_PAPER = object_of(
    {
        "id": {"description": "Any value; returned unchanged."},
        "title": {"type": ["string", "null"]},
        "abstract": TEXT,
    },
    "id",
    "title",
    description="Other fields are returned unchanged.",
    example={"id": "arxiv:2603.01234", "title": "A title", "abstract": "What the paper did."},
)

_MEANING = {
    "tags": "Most probable first; may be empty.",
    "reason": "Why there are no tags; for status error, what is wrong with the record.",
    "truncated": "Whether the model did not read the end of the abstract.",
    "model": "Name and version of the model.",
    "speed": "Which stages of the model could answer.",
}


def _of_type(kind: Any) -> Schema:
    """The schema of a type; objects and enums in it are components of their own."""
    return {name: part for name, part in _whole(kind).items() if name != "$defs"}


def _components(kind: Any) -> dict[str, Schema]:
    """The objects and enums that a type consists of."""
    parts = _whole(kind)
    if "properties" in parts or "enum" in parts:
        return {kind.__name__: parts}
    found: dict[str, Schema] = parts.get("$defs", {})
    return found


def _whole(kind: Any) -> Schema:
    schema = TypeAdapter(kind).json_schema(ref_template=ref("{model}")["$ref"])
    plain: Schema = _untitled(schema)
    return plain


def _untitled(schema: Any) -> Any:
    """Without the titles that pydantic makes of names; of a docstring, the first paragraph."""
    if isinstance(schema, dict):
        return {
            key: part.partition("\n\n")[0] if key == "description" else _untitled(part)
            for key, part in schema.items()
            if not (key == "title" and isinstance(part, str))
        }
    return [_untitled(part) for part in schema] if isinstance(schema, list) else schema


def _answer(*names: str) -> dict[str, Schema]:
    """Properties of a tagged paper, as its type has them; what is not there is left out, not null,
    but for those that are always there."""
    properties = {}
    for name in names:
        kind = TYPES[name]
        if name not in FIELDS and NoneType in get_args(kind):
            kind = Union[tuple(part for part in get_args(kind) if part is not NoneType)]  # noqa: UP007
        about = {"description": _MEANING[name]} if name in _MEANING else {}
        properties[name] = {**_of_type(kind), **about}
    return properties


_TAGGED = object_of(
    _answer(*FIELDS, "speed"), description="The paper: its fields unchanged, and these."
)

_EVIDENCE = object_of(_answer("evidence"), "evidence")

_CORRECTION = object_of(
    {
        "id": {"type": ["string", "integer", "null"]},
        "title": {"type": ["string", "null"]},
        "abstract": TEXT,
        "labels": list_of(TEXT, description="Area ids, most central first."),
        "by": {"type": ["string", "null"], "description": "Name of the person who corrects."},
    },
    "id",
    "title",
    "by",
    example={"title": "A title", "abstract": "What it did.", "labels": ["robotics"], "by": "me"},
)

_AREA = object_of({"id": TEXT, "name": TEXT, "description": TEXT})

SCHEMAS: dict[str, Schema] = {
    **{name: part for kind in TYPES.values() for name, part in _components(kind).items()},
    "Paper": _PAPER,
    "TaggedPaper": _TAGGED,
    "ExplainedPaper": {"allOf": [ref("TaggedPaper"), _EVIDENCE]},
    "Correction": _CORRECTION,
    "Stored": object_of(
        {
            "stored": COUNT,
            "duplicates": COUNT,
            "results": list_of(
                object_of(
                    {
                        "id": {"type": ["string", "integer", "null"]},
                        "status": _of_type(get_type_hints(Outcome)["status"]),
                        "reason": {"type": ["string", "null"]},
                    }
                ),
                description="One per correction, in order.",
            ),
        }
    ),
    "Areas": object_of(
        {
            "name": TEXT,
            "version": {"type": ["string", "integer"]},
            "model": TEXT,
            "groups": list_of(
                object_of(
                    {
                        "id": TEXT,
                        "name": TEXT,
                        "areas": list_of(
                            object_of({"id": TEXT, "name": TEXT, "description": TEXT})
                        ),
                    }
                )
            ),
        }
    ),
    "Model": object_of(
        {
            "name": TEXT,
            "version": TEXT,
            "model": TEXT,
            "taxonomy": object_of({"name": TEXT, "version": {"type": ["string", "integer"]}}),
            "thresholds": {"type": "object", "additionalProperties": PROBABILITY},
            "metrics": {"type": "object"},
            "speed": _of_type(Speed),
            "runs_on": {**TEXT, "description": "What the encoder runs on: cpu, or cuda for a GPU."},
        }
    ),
    "FeedPapers": object_of(
        {
            "format": TEXT,
            "papers": list_of(
                {"type": "object", "description": "A paper, or `error` in one line."}
            ),
            "left_out": {**COUNT, "description": "Number of papers skipped after these."},
        }
    ),
    "Error": object_of(
        {"error": object_of({"code": {"enum": list(CODES)}, "message": TEXT})},
        description="Every error has this form.",
    ),
}

SCHEMAS["Tag"]["properties"]["probability"] |= PROBABILITY
