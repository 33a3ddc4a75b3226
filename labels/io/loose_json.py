"""JSON that is not quite: in JavaScript, with comments, with commas too many, written twice."""

from __future__ import annotations

import json
import re

_BEFORE = re.compile(
    r"""\s{0,2000}(?:
    \)\]\}',?\s{0,20}                                                # a guard of Google's APIs
    | (?://[^\n]{0,500}\n\s{0,200} | /\*(?:(?!\*/).){0,2000}\*/\s{0,200}){1,50}   # comments
    | (?:export\s{1,5}default\s{1,5}
      | (?:export\s{1,5})?(?:const|let|var)\s{1,5}[\w$]{1,80}\s{0,5}=\s{0,20}
      | (?:window|self|globalThis)[.\w$\["'\]]{1,100}\s{0,5}=\s{0,20}
      | [A-Za-z_$][\w$.]{0,80}\(\s{0,20})
    )(?=\{\s{0,200}["}]|\[\s{0,200}[\[{"\]])""",
    re.X | re.S,
)
_BEHIND = re.compile(r"[)\s;]{1,200}$")
_PARTS = re.compile(
    r"\"(?:[^\"\\]|\\.)*+(?:\"|\Z)|,(?=\s{0,200}[}\]])|//[^\n]*|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)",
    re.S,
)


def start_of(text: str) -> int:
    """Where JSON begins behind a comment, an assignment or a call; 0 where nothing is before it."""
    found = _BEFORE.match(text[:10_000])
    return found.end() if found else 0


def unwrapped(text: str) -> str:
    """The JSON in a script, or in a text that was written as JSON once more."""
    start = start_of(text)
    if start:
        text = text[start:]
        end = _BEHIND.search(text[-200:])
        return (
            text[: len(text) - 200 + end.start()]
            if end and len(text) > 200
            else text.rstrip(");\n ")
        )
    if text.lstrip()[:3] in ('"[{', '"{\\', '"[\\'):
        try:
            inner = json.loads(text)
        except (ValueError, RecursionError):
            return text
        return inner if isinstance(inner, str) else text
    return text


def strict(text: str) -> str:
    """The text without comments and without commas before a closing bracket."""
    return _PARTS.sub(lambda found: found[0] if found[0].startswith('"') else "", text)
