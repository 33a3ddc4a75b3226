"""Which model is served: one history of promotions over all names, changed in one step.

The history is a file that is only ever appended to. What is served follows from it: a promotion
puts a version on top, a rollback takes the topmost away. So a rollback always returns to what was
served before, under whatever name, and at last to the model that ships.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tagstract.labels import InputError
from tagstract.labels.storage.atomic import atomic_writer
from tagstract.labels.storage.home import home_folder
from tagstract.model_folder import format as files
from tagstract.model_folder.store.entries import changing, is_word

__all__ = ["Event", "events", "live_version", "promote", "promotions", "roll_back", "served"]

_FILE = "served.json"
_SHIPPED_NAME = "ai-research-areas"


@dataclass(frozen=True)
class Event:
    """One promotion or rollback.

    Attributes:
        action: "promote" or "rollback".
        tag: the version that is promoted, or the one that is taken back.
        time: UTC, ISO 8601; empty in histories of Tagstract before 0.6.
        forced: promoted although the gate refused it.
        findings: what the gate found against it.
    """

    action: str
    tag: str
    time: str = ""
    forced: bool = False
    findings: Sequence[str] = ()


def events() -> list[Event]:
    """All promotions and rollbacks, the oldest first.

    Raises:
        InputError: the file can't be read, or is no such history.
    """
    path = home_folder() / _FILE
    if not path.is_file():
        return _older()
    listed = files.read_json(path).get("events")
    try:
        return [_event(one) for one in listed or ()]
    except (TypeError, ValueError) as error:
        problem = "is damaged; it needs a list 'events' of promotions and rollbacks"
        raise InputError(problem, str(path)) from error


def promotions() -> list[Event]:
    """The promotions that were not taken back; the last one is served."""
    standing: list[Event] = []
    for event in events():
        if event.action == "promote":
            standing.append(event)
        elif standing:
            standing.pop()
    return standing


def served() -> str | None:
    """`name:version` of the promoted version that is served; None: the model that ships is."""
    standing = promotions()
    return standing[-1].tag if standing else None


def live_version(name: str) -> str | None:
    """The version of a name that was promoted last; None where there is none."""
    for event in reversed(promotions()):
        if event.tag.partition(":")[0] == name:
            return event.tag.partition(":")[2]
    return None


def promote(tag: str, forced: bool = False, findings: Sequence[str] = ()) -> None:
    """Serve a version from now on; of many calls at once none is lost.

    What is served already is not promoted again.
    """
    with changing():
        if served() != tag:
            _append(Event("promote", tag, _now(), forced, tuple(findings)))


def roll_back() -> str | None:
    """Return to what was served before; returns its tag, None for the model that ships.

    Raises:
        InputError: nothing was promoted.
    """
    with changing():
        standing = promotions()
        if not standing:
            raise InputError("nothing is promoted; the shipped model is live")
        _append(Event("rollback", standing[-1].tag, _now()))
        return served()


def _append(event: Event) -> None:
    """Replace the history by a longer one in one step; a reader sees the old one or the new one."""
    history = [asdict(one) for one in (*events(), event)]
    with atomic_writer(home_folder() / _FILE) as file:
        json.dump({"events": history}, file, indent=1, ensure_ascii=False)


def _event(document: Mapping[str, Any]) -> Event:
    event = Event(**document)
    name, _, version = event.tag.partition(":")
    if event.action not in ("promote", "rollback") or not is_word(name) or not is_word(version):
        raise ValueError(event)
    return event


def _older() -> list[Event]:
    """The history that Tagstract before 0.6 kept, of the default name alone."""
    path = Path(home_folder() / f"{_SHIPPED_NAME}.json")
    if not path.is_file():
        return []
    listed = files.read_json(path).get("promoted")
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise InputError("is damaged; it needs a list 'promoted' of versions", str(path))
    return [Event("promote", f"{_SHIPPED_NAME}:{version}") for version in listed]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
