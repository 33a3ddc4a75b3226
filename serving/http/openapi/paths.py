"""What the service says of itself: its OpenAPI description, `GET /openapi.json`.

BentoML's own knows the bodies only as lists of anything, none of the routes of the pages, and
errors of another shape than ours. This one is checked against the running service by
`tests/test_description.py`, from both sides.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from tagstract.serving.http.openapi.schemas import (
    SCHEMAS,
    TEXT,
    Schema,
    list_of,
    object_of,
    ref,
)
from tagstract.serving.http.requests.parsed_call import OPTIONS
from tagstract.serving.http.settings import Settings

__all__ = ["CALLS", "description"]

_MEANINGS = {
    400: "The body is not JSON (bad-json), or not what this endpoint expects (bad-call).",
    401: "No key, or one that is unknown or revoked.",
    403: "The request comes from a page of another site, or names an unknown host.",
    404: "No such path.",
    405: "The path does not support this method.",
    408: "The body did not arrive in time.",
    413: "The body has too many bytes or papers.",
    431: "The request line and headers are too large.",
    415: "The body has a Content-Encoding.",
    429: "The service is busy; try again after `Retry-After` seconds.",
    500: "The service failed.",
    503: "The service is starting or stopping, or a store is unavailable.",
    504: "The request took too long.",
}

_EVERYWHERE = (401, 403, 413, 431, 500, 503)
_PAGE = (403, 413, 431, 500)
_PROBING = (413, 431, 500, 503)
_READING = (400, 401, 403, 408, 413, 415, 429, 431, 500, 503, 504)


def _operation(
    name: str,
    summary: str,
    content: dict[str, Schema],
    failures: tuple[int, ...] = _EVERYWHERE,
    **more: Any,
) -> Schema:
    answers: dict[str, Schema] = {
        "200": {
            "description": "Done.",
            "headers": {"X-Request-Id": ref("X-Request-Id", "headers")},
            "content": {kind: {"schema": schema} for kind, schema in content.items()},
        }
    }
    answers |= {str(status): ref(str(status), "responses") for status in failures}
    return {
        "operationId": name,
        "summary": summary,
        "parameters": [ref("X-Request-Id", "parameters"), *more.pop("parameters", ())],
        "responses": answers,
        **more,
    }


_OPTIONS: dict[str, Schema] = {
    "top": {
        "type": ["integer", "null"],
        "minimum": 1,
        "description": "Maximum number of tags per paper.",
    },
    "threshold": {
        "type": ["number", "null"],
        "minimum": 0,
        "maximum": 1,
        "description": "Minimum probability of a tag.",
    },
    "all_probabilities": {
        "type": ["boolean", "null"],
        "description": "Add `probabilities`, the probability of every area.",
    },
    "explain": {"type": ["boolean", "null"], "description": "Add `evidence`, as /explain does."},
}


def _call(
    name: str,
    summary: str,
    items: tuple[str, str, int],
    answer: Schema,
    options: tuple[str, ...] = (),
) -> Schema:
    """A POST whose body is an object with one list, of which a bad item spoils no other."""
    field, item, most = items
    known = {"description": "Other values get an error."}
    listed = list_of({"anyOf": [ref(item), known]}, maxItems=most)
    fields = {field: listed, **{option: _OPTIONS[option] for option in options}}
    body = object_of(fields, *options, additionalProperties=False)
    return _operation(
        name, summary, {"application/json": answer}, _READING,
        requestBody={"required": True, "content": {"application/json": {"schema": body}}},
    )  # fmt: skip


def _in_query(option: str) -> Schema:
    schema = {**_OPTIONS[option], "type": _OPTIONS[option]["type"][0]}
    return {"name": option, "in": "query", "schema": schema}


def _paths(settings: Settings) -> dict[str, dict[str, Schema]]:
    json, text = "application/json", {"text/plain": TEXT}
    anyone: dict[str, Any] = {"security": []}
    page = {"text/html": TEXT}
    file = {"name": "name", "in": "path", "required": True, "schema": TEXT}
    feed = {"required": True, "content": {"text/plain": {"schema": TEXT}}}
    papers = ("papers", "Paper")
    return {
        "/tag": {"post": _call(
            "tag", "Tag papers", (*papers, settings.max_papers), list_of(ref("TaggedPaper")),
            OPTIONS)},
        "/feed": {"post": _operation(
            "feed", "Tag the papers of the feed in the body",
            {json: list_of(ref("TaggedPaper"))}, _READING, requestBody=feed,
            parameters=[_in_query(option) for option in OPTIONS])},
        "/explain": {"post": _call(
            "explain", "Tag papers and return the sentences that support each tag",
            (*papers, settings.max_explained), list_of(ref("ExplainedPaper")), OPTIONS[:3])},
        "/feedback": {"post": _call(
            "feedback", "Store corrections",
            ("corrections", "Correction", settings.max_corrections), ref("Stored"))},
        "/areas": {"get": _operation("areas", "The taxonomy", {json: ref("Areas")})},
        "/model": {"get": _operation("model", "The live model", {json: ref("Model")})},
        "/": {"get": _operation("page", "The web page", page, _PAGE, **anyone)},
        "/ui": {"get": _operation("ui", "The web page", page, _PAGE, **anyone)},
        "/ui/{name}": {"get": _operation(
            "file", "A file of the web page",
            {kind: TEXT for kind in ("text/html", "text/css", "text/javascript", "image/svg+xml")},
            (404, *_PAGE), parameters=[file], **anyone)},
        "/ui/papers": {"post": _operation(
            "papers", "The papers of the feed in the body", {json: ref("FeedPapers")},
            _READING, requestBody=feed)},
        "/livez": {"get": _operation("livez", "Liveness probe", text, _PROBING, **anyone)},
        "/healthz": {"get": _operation("healthz", "As /livez", text, _PROBING, **anyone)},
        "/readyz": {"get": _operation(
            "readyz", "Readiness probe", text, _PROBING, **anyone)},
        "/metrics": {"get": _operation("metrics", "Prometheus metrics", text)},
        "/openapi.json": {"get": _operation(
            "openapi", "This description", {json: {"type": "object"}})},
        "/docs.json": {"get": _operation("docs", "As /openapi.json", {json: {"type": "object"}})},
        "/schema.json": {"get": _operation(
            "schema", "Schema for BentoML's client", {json: {"type": "object"}})},
    }  # fmt: skip


CALLS = frozenset(_paths(Settings()))
"""The paths of the service."""


def description(settings: Settings) -> dict[str, Any]:
    """The description, OpenAPI 3.1; limits and keys as the settings say."""
    error = {"application/json": {"schema": ref("Error")}}
    known: Schema = {
        "schema": {"type": "string"},
        "description": "Identifies the request in the log.",
    }
    retry = {"Retry-After": {"required": True, "schema": {"type": "integer", "minimum": 1}}}
    components = {
        "schemas": SCHEMAS,
        "responses": {
            str(status): {
                "description": description,
                "content": error,
                **({"headers": retry} if status == 429 else {}),
            }
            for status, description in _MEANINGS.items()
        },
        "headers": {"X-Request-Id": known},
        "parameters": {"X-Request-Id": {"name": "X-Request-Id", "in": "header", **known}},
        "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tagstract",
            "version": _version(),
            "description": "Tags research abstracts with research areas. Methods that are "
            "not listed get 405, other paths 404.",
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}] if settings.keys_file else [{}, {"key": []}],
        "paths": _paths(settings),
        "components": components,
    }


def _version() -> str:
    """Of the package; a Bento holds its files alone."""
    try:
        return version("tagstract")
    except PackageNotFoundError:
        return "unknown"
