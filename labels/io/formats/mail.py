"""Saved mails (.eml): alerts and listings, whatever way their text is packed."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from email.message import Message

from tagstract.labels.errors import InputError
from tagstract.labels.io.formats import Format, detect
from tagstract.labels.io.problem import Line
from tagstract.labels.io.sources.source import Source

_HEAD = re.compile(
    rb"(?:From [^\n]{1,200}\n)?(?:[A-Za-z][A-Za-z0-9-]{1,40}: ?[^\n]{0,2000}\n"
    rb"(?:[ \t][^\n]{0,2000}\n){0,50}){2,200}\r?\n"
)
_MARKS = re.compile(rb"^(?:MIME-Version|Content-Transfer-Encoding|Content-Type): ?\S", re.I | re.M)
_MAX_PARTS = 200


def detects(source: Source) -> bool:
    head = source.head[: 1 << 17]
    found = _HEAD.match(head)
    return bool(found and _MARKS.search(found[0]) and b"<?xml" not in found[0])


def read(source: Source) -> Iterator[Line]:
    """The papers of the first part of a mail that has any; lines count in that part.

    Raises:
        InputError: no part is a feed.
    """
    try:
        message = email.message_from_bytes(source.read())
        parts = [part for part in message.walk() if not part.is_multipart()][:_MAX_PARTS]
    except RecursionError as error:
        raise InputError("is a mail of too many parts in each other", source.name) from error
    parts.sort(key=lambda part: part.get_content_type() != "text/plain")
    for part in parts:
        text = _content(part)
        if not text.strip():
            continue
        inner = Source.of_bytes(text, source.name, source.notes)
        format = detect(inner)
        if format is None or format.name == FORMAT.name:
            continue
        source.notes.add(f"is a mail; its {part.get_content_type()} part was read")
        return format.read(inner)
    raise InputError("is a mail in which no feed was found", source.name)


def _content(part: Message) -> bytes:
    """A part's bytes, unpacked; text as UTF-8."""
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return b""
    charset = part.get_content_charset() or "utf-8"
    if part.get_content_maintype() != "text":
        return data
    try:
        return data.decode(charset, "replace").encode()
    except LookupError:
        return data


FORMAT = Format(
    name="mail",
    title="Saved mails (.eml) that hold a feed",
    detected="a mail's header with `Content-Type` or `MIME-Version`",
    kept="what the format inside it keeps",
    detects=detects,
    read=read,
    order=14,
    aliases=("eml",),
)
