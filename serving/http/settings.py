"""The settings of the service: environment variables with one prefix, checked before it starts."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from tagstract.labels.corrections import check_place
from tagstract.labels.errors import InputError
from tagstract.labels.speed import Speed

__all__ = ["PREFIX", "Settings", "rename_old", "table"]

PREFIX = "TAGSTRACT_"

_ELSEWHERE = {
    "TAGSTRACT_CORRECTIONS": "corrections store: a file or a PostgreSQL URL",
    "TAGSTRACT_CACHE": "folder for embeddings and checkpoints of training",
    "TAGSTRACT_DEVICE": "cpu: never use a GPU",
}
"""Variables that other rooms read, and check where they do."""

_OLD_NAMES = {
    f"TAGSTRACT_MOST_{what}": f"TAGSTRACT_MAX_{what}"
    for what in ("BYTES", "PAPERS", "EXPLAINED", "CORRECTIONS")
}
"""Names that variables had up to version 0.2.0, and those they have now."""

_FOR_TESTS = "TAGSTRACT_TEST_"

_MAX_SECONDS = 86_400

_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*")

_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?")


def _whole(least: int, most: int = 1_000_000) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text[:20]) <= most):
            raise ValueError(f"use a whole number from {least:,} to {most:,}")
        return int(text)

    return read


def _seconds(least: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        right = f"use seconds, from {least:g} to {_MAX_SECONDS:,}"
        try:
            number = float(text)
        except ValueError:
            raise ValueError(right) from None
        if not math.isfinite(number) or not least <= number <= _MAX_SECONDS:
            raise ValueError(right)
        return number

    return read


def _hosts(text: str) -> tuple[str, ...]:
    hosts = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    for host in hosts:
        if not _HOST.fullmatch(host) and host != "*":
            raise ValueError(f"'{host}' is not a host; use names without a port, or * for all")
    return hosts


def _origins(text: str) -> tuple[str, ...]:
    origins = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(
                f"'{origin}' is not an origin; write each as https://host or https://host:port"
            )
    return origins


def _one_of(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"use {' or '.join(choices)}")
        return text

    return read


def _about(variable: str, read: Callable[[str], Any], meaning: str) -> dict[str, Any]:
    return {"variable": PREFIX + variable, "read": read, "meaning": meaning}


@dataclass(frozen=True)
class Settings:
    """What an operator can set; each field knows its variable, how it is read, what it means."""

    model: str | None = field(
        default=None,
        metadata=_about("MODEL", str, "folder or NAME:VERSION to serve; unset: the live version"),
    )
    speed: str = field(
        default=Speed.BEST.value,
        metadata=_about(
            "SPEED",
            _one_of(*(speed.value for speed in Speed)),
            "best, balanced or fast, as in `tag --speed`",
        ),
    )
    keys_file: Path | None = field(
        default=None, metadata=_about("KEYS", Path, "file of API keys; unset: no key required")
    )
    origins: tuple[str, ...] = field(
        default=(),
        metadata=_about(
            "ORIGINS", _origins, "origins allowed to call from a browser, comma-separated"
        ),
    )
    hosts: tuple[str, ...] = field(
        default=(),
        metadata=_about(
            "HOSTS", _hosts, "allowed host names besides localhost and IP addresses; *: any"
        ),
    )
    max_bytes: int = field(
        default=8 << 20,
        metadata=_about("MAX_BYTES", _whole(1024, 64 << 20), "maximum bytes in a request body"),
    )
    max_papers: int = field(
        default=512, metadata=_about("MAX_PAPERS", _whole(1), "maximum papers per request to /tag")
    )
    # About as much work as 512 papers are to /tag, ten seconds on two cores: a paper is explained
    # by scoring it without each of its sentences.
    max_explained: int = field(
        default=32,
        metadata=_about("MAX_EXPLAINED", _whole(1), "maximum papers per request to /explain"),
    )
    max_corrections: int = field(
        default=512,
        metadata=_about(
            "MAX_CORRECTIONS", _whole(1), "maximum corrections per request to /feedback"
        ),
    )
    body_seconds: float = field(
        default=10.0,
        metadata=_about("BODY_SECONDS", _seconds(0.1), "time to receive a body, then 408"),
    )
    wait_seconds: float = field(
        default=0.5,
        metadata=_about("WAIT_SECONDS", _seconds(0), "maximum time in the queue, then 429"),
    )
    call_seconds: float = field(
        default=60.0,
        metadata=_about("CALL_SECONDS", _seconds(0.1), "maximum time for a request, then 504"),
    )
    workers: int = field(
        default=1,
        metadata=_about("WORKERS", _whole(1, 256), "worker processes, each with its own model"),
    )
    stop_seconds: int = field(
        default=30,
        metadata=_about(
            "STOP_SECONDS", _whole(1, _MAX_SECONDS), "time for open requests to finish at shutdown"
        ),
    )
    reload_seconds: float = field(
        default=2.0,
        metadata=_about(
            "RELOAD_SECONDS",
            _seconds(0),
            "interval between checks for a newly promoted model; 0: never",
        ),
    )
    log: str = field(
        default="json", metadata=_about("LOG", _one_of("json", "text"), "log format: json or text")
    )

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """The settings that an environment holds; an empty variable is as good as none.

        Raises:
            InputError: a value can't be used, or a variable with our prefix is unknown; names the
                variable and what would be right.
        """
        known = {about.metadata["variable"] for about in fields(cls)} | set(_ELSEWHERE)
        for name in sorted(environ):
            if name.startswith(PREFIX) and not name.startswith(_FOR_TESTS) and name not in known:
                raise InputError(f"is not a setting{_nearest(name, known)}", name)
        check_place(environ)
        return cls(
            **{
                about.name: _read(about, environ[about.metadata["variable"]])
                for about in fields(cls)
                if environ.get(about.metadata["variable"])
            }
        )


def rename_old(environ: MutableMapping[str, str], warn: Callable[[str], None]) -> None:
    """Give variables with an old name the one they have now, and warn of all of them in one line.

    Where both names are set, the new one counts. Processes that are started afterwards inherit the
    new names, so the warning comes once.
    """
    old = [name for name in _OLD_NAMES if name in environ]
    for name in old:
        value = environ.pop(name)
        if not environ.get(_OLD_NAMES[name]):
            environ[_OLD_NAMES[name]] = value
    if old:
        changes = ", ".join(f"{name} is now {_OLD_NAMES[name]}" for name in old)
        warn(f"renamed settings: {changes}")


def table(environ: Mapping[str, str]) -> list[tuple[str, str, str, str]]:
    """Each variable with its default, its present value, and its meaning; no password in it."""
    settings = Settings.from_environment(environ)
    rows = [
        (
            about.metadata["variable"],
            _shown(about.default),
            _shown(getattr(settings, about.name)),
            about.metadata["meaning"],
        )
        for about in fields(Settings)
    ]
    for name, meaning in _ELSEWHERE.items():
        kind, separator, _ = environ.get(name, "").partition("://")
        # A URL may hold a password, in more places than one.
        rows.append((name, "", f"{kind}://..." if separator else kind, meaning))
    return rows


def _read(about: Field[Any], text: str) -> Any:
    try:
        return about.metadata["read"](text)
    except ValueError as error:
        raise InputError(f"'{text}' can't be used; {error}", about.metadata["variable"]) from None


def _nearest(name: str, known: set[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f"; did you mean {near[0]}?" if near else "; `tagstract serve --settings` lists them"


def _shown(value: Any) -> str:
    if value is None or value == ():
        return ""
    if isinstance(value, tuple):
        return ",".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
