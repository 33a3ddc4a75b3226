"""What the soak sends: good calls, bad ones, and the answers that each may get."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp

from benchmarks.service import odd_clients
from benchmarks.service.answers import Reference
from benchmarks.service.hostile_feeds import FEEDS
from benchmarks.service.load import NO_ANSWER, Call, send

BAD_RECORDS: list[Any] = [
    {},
    5,
    None,
    {"abstract": 3},
    {"abstract": "  "},
    {"id": "bad", "title": "a title alone"},
    ["a", "list"],
]

CODES = {
    400: {"bad-json", "bad-call"},
    408: {"slow-body"},
    413: {"too-large"},
    429: {"overloaded"},
    431: {"head-too-large"},
}
"""The codes that the error of each status may hold; of a 503 any."""

LABELS = ("robotics", "fairness", "datasets")
"""Areas that corrections of the soak give."""

EXPLAINED = 8
"""Papers' worth of work in one explained paper: it is scored without each of its sentences."""


@dataclass(frozen=True)
class Event:
    """A call of the soak and what became of it; times in seconds since the soak began.

    `fault`: what is wrong with the answer, or why there is none. `model`: who gave it.
    """

    kind: str
    began: float
    ended: float
    status: int
    fault: str | None = None
    model: str | None = None


@dataclass(frozen=True)
class Kind:
    """A kind of call: its share of all calls, the papers' worth of work, and its statuses."""

    name: str
    share: float
    work: float
    statuses: frozenset[int]
    go: Callable[[], Awaitable[Event]]


def judged(status: int, answer: Any, fault: Callable[[Any], str | None]) -> str | None:
    """What is wrong with an answer of any status, or None."""
    if status == 200:
        return fault(answer)
    if status == NO_ANSWER:
        return str(answer)
    error = answer.get("error") if isinstance(answer, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    if not isinstance(code, str) or code not in CODES.get(status, {code}):
        return f"{status} with {str(answer)[:120]}"
    return None


class Mix:
    """Draws calls. `stored` gathers the corrections that were answered as stored, by abstract."""

    def __init__(
        self, reference: Reference, good: int, client: aiohttp.ClientSession, address: str
    ) -> None:
        self._reference, self._good = reference, good
        self._client, self._address = client, address
        self._chooser = random.Random(5)
        self._began = time.monotonic()
        self.stored: dict[str, list[str]] = {}
        self._corrections = 0
        busy = frozenset({200, 429, 503})
        self.kinds = [
            Kind("one paper", 0.66, 1, busy, self._one),
            Kind("32 papers", 0.03, 32, busy, self._many),
            Kind("good and bad papers", 0.05, 5, busy, self._mixed),
            Kind("feed", 0.02, 4, busy, self._feed),
            Kind("hostile feed", 0.02, 2, busy | {400, 413}, self._hostile_feed),
            Kind("huge head", 0.02, 0, frozenset({431}), self._huge_head),
            Kind("offer of HTTP/2", 0.02, 1, busy, self._h2c),
            Kind("explain", 0.01, EXPLAINED, busy, self._explain),
            Kind("feedback", 0.05, 0, busy, self._feedback),
            Kind("no JSON", 0.04, 0, frozenset({400, 429}), self._broken),
            Kind("huge", 0.005, 0, frozenset({413, 429}), lambda: self._huge(False)),
            Kind("huge, chunked", 0.005, 0, frozenset({413, 429}), lambda: self._huge(True)),
            Kind("slow", 0.02, 1, busy, self._slow),
            Kind("never whole", 0.01, 0, frozenset({408, 429}), self._stuck),
            Kind("leaves", 0.04, 1, frozenset({0}), self._leave),
        ]

    @property
    def papers_a_call(self) -> float:
        """Papers' worth of work in a call, on average."""
        return sum(kind.share * kind.work for kind in self.kinds)

    def of(self, name: str) -> Kind:
        """The kind of a name."""
        return next(kind for kind in self.kinds if kind.name == name)

    def draw(self) -> Kind:
        return self._chooser.choices(self.kinds, [kind.share for kind in self.kinds])[0]

    def start(self) -> float:
        """Time begins; on the loop's clock."""
        self._began = time.monotonic()
        return self._began

    def _rows(self, count: int) -> list[int]:
        return [self._chooser.randrange(self._good) for _ in range(count)]

    async def _sent(self, kind: str, call: Call) -> Event:
        outcome = await send(self._client, self._address, call, self._began, keep=True)
        fault = outcome.fault
        if outcome.status not in (200, NO_ANSWER):
            fault = judged(outcome.status, outcome.answer, call.fault)
        return Event(
            kind, outcome.intended, outcome.ended, outcome.status, fault, _model(outcome.answer)
        )

    async def _odd(self, kind: str, call: Call, exchange: Awaitable[odd_clients.Answer]) -> Event:
        began = time.monotonic() - self._began
        try:
            status, answer = await exchange
        except OSError as error:
            status, answer = NO_ANSWER, f"{type(error).__name__}: {error}"
        fault = judged(status, answer, call.fault)
        return Event(kind, began, time.monotonic() - self._began, status, fault, _model(answer))

    async def _one(self) -> Event:
        return await self._sent("one paper", self._reference.call(self._rows(1)))

    async def _many(self) -> Event:
        return await self._sent("32 papers", self._reference.call(self._rows(32)))

    async def _mixed(self) -> Event:
        bad = range(self._good, len(self._reference.records))
        rows = [*self._rows(5), *self._chooser.sample(bad, 3)]
        self._chooser.shuffle(rows)
        return await self._sent("good and bad papers", self._reference.call(rows))

    async def _feed(self) -> Event:
        return await self._sent("feed", self._reference.feed(self._rows(4)))

    async def _hostile_feed(self) -> Event:
        def fault(answer: Any) -> str | None:
            good = isinstance(answer, list) and all("status" in one for one in answer)
            return None if good else f"no tagged papers but {str(answer)[:80]}"

        call = Call("/feed", self._chooser.choice(FEEDS), 0, fault)
        return await self._sent("hostile feed", call)

    async def _huge_head(self) -> Event:
        lines = self._chooser.random() < 0.5
        exchange = odd_clients.endless_head(self._address, 400, lines)
        call = Call("/livez", b"", 0, lambda _: "taken")
        return await self._odd("huge head", call, exchange)

    async def _h2c(self) -> Event:
        call = self._reference.call(self._rows(1))
        exchange = odd_clients.offer_h2c(self._address, call)
        return await self._odd("offer of HTTP/2", call, exchange)

    async def _explain(self) -> Event:
        call = self._reference.call(self._rows(1), "/explain", ("evidence",))
        return await self._sent("explain", call)

    async def _feedback(self) -> Event:
        corrections: list[dict[str, Any]] = []
        wanted = []
        for _ in range(self._chooser.randint(1, 3)):
            if self.stored and self._chooser.random() < 0.2:
                abstract, status = self._chooser.choice(list(self.stored)), "duplicate"
                labels = self.stored[abstract]
            else:
                self._corrections += 1
                paper = self._reference.records[self._rows(1)[0]]
                abstract = f"Correction {self._corrections} of the soak. {paper['abstract']}"
                labels, status = [self._chooser.choice(LABELS)], "stored"
            corrections.append({"abstract": abstract, "labels": labels, "by": "soak"})
            wanted.append(status)

        def fault(answer: Any) -> str | None:
            found = [one.get("status") for one in answer.get("results", [])]
            for correction, status in zip(corrections, found, strict=False):
                if status == "stored":
                    self.stored[correction["abstract"]] = correction["labels"]
            return None if found == wanted else f"corrections {found} in place of {wanted}"

        body = json.dumps({"corrections": corrections}).encode()
        return await self._sent("feedback", Call("/feedback", body, 0, fault))

    async def _broken(self) -> Event:
        whole = self._reference.call(self._rows(2)).body
        body = whole[: self._chooser.randrange(1, len(whole))]
        return await self._sent("no JSON", Call("/tag", body, 0, lambda _: "taken as JSON"))

    async def _huge(self, chunked: bool) -> Event:
        call = Call("/tag", b"", 0, lambda _: "taken")
        kind = "huge, chunked" if chunked else "huge"
        return await self._odd(kind, call, odd_clients.flood(self._address, call, 20, chunked))

    async def _slow(self) -> Event:
        call = self._reference.call(self._rows(1))
        seconds = self._chooser.uniform(1, 5)
        exchange = odd_clients.trickle(self._address, call, seconds, whole=True)
        return await self._odd("slow", call, exchange)

    async def _stuck(self) -> Event:
        call = self._reference.call(self._rows(1))
        exchange = odd_clients.trickle(self._address, call, 20, whole=False)
        return await self._odd("never whole", call, exchange)

    async def _leave(self) -> Event:
        call = self._reference.call(self._rows(1))
        after = self._chooser.uniform(0, 0.05)
        event = await self._odd("leaves", call, odd_clients.leave(self._address, call, after))
        return Event(event.kind, event.began, event.ended, 0)


def _model(answer: Any) -> str | None:
    """The model that a list of tagged papers names."""
    if isinstance(answer, list) and answer and isinstance(answer[0], dict):
        return answer[0].get("model")
    return None
