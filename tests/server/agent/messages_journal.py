"""What the stand-in was asked and what it answered, in memory and in a file that outlives everyone."""

import json
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from tests.server.agent.script import Json, Request

WAIT_S = 60.0

Outcome = Literal["open", "whole", "cut", "left", "refused"]


@dataclass(frozen=True)
class Exchange:
    """A request and what came of it.

    Args:
        hash: the same for the same request
        attempt: how often that request has come, this time included
        turn: how many answers the conversation had before
        outcome: `whole` when all was sent, `cut` when the script ended it, `left` when the client did, `refused` when
            the answer was an error, `open` while it goes on
        usage: what was reported; of an answer that was cut, what it would have been
        body: the request; not kept in the file
    """

    number: int
    hash: str
    attempt: int
    turn: int
    model: str
    goal: str = ""
    status: int = 0
    outcome: Outcome = "open"
    usage: Json | None = None
    body: Json | None = None


class Journal:
    """All exchanges, oldest first.

    Args:
        file: where they are written too, a line when one begins and one when it ends; what is there already counts
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._changed = threading.Condition()
        self._exchanges = list(read_journal(file)) if file is not None and file.exists() else []

    @property
    def exchanges(self) -> list[Exchange]:
        with self._changed:
            return list(self._exchanges)

    def begin(self, request: Request) -> Exchange:
        """Note a request."""
        with self._changed:
            earlier = sum(each.hash == request.hash for each in self._exchanges)
            exchange = Exchange(
                len(self._exchanges),
                request.hash,
                earlier + 1,
                request.turn,
                request.body["model"],
                request.goal[:80],
                body=request.body,
            )
            self._note(exchange)
            return exchange

    def end(self, exchange: Exchange, outcome: Outcome, *, status: int, usage: Json | None) -> None:
        """Note what came of it."""
        with self._changed:
            self._note(replace(exchange, outcome=outcome, status=status, usage=usage))

    def wait_for(self, count: int, *outcomes: Outcome) -> list[Exchange]:
        """The exchanges of these outcomes, as soon as there are so many of them."""

        def enough() -> list[Exchange]:
            found = [each for each in self._exchanges if not outcomes or each.outcome in outcomes]
            return found if len(found) >= count else []

        with self._changed:
            found = self._changed.wait_for(enough, WAIT_S)
            assert found, f"waited in vain for {count} x {outcomes}; there are {self._exchanges}"
            return found

    def _note(self, exchange: Exchange) -> None:
        self._exchanges[exchange.number : exchange.number + 1] = [exchange]
        if self._file is not None:
            line = {name: value for name, value in vars(exchange).items() if name != "body"}
            with self._file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(line) + "\n")
        self._changed.notify_all()


def read_journal(file: Path) -> Sequence[Exchange]:
    """What a journal's file says, oldest first."""
    latest = dict[int, Exchange]()
    for line in file.read_text(encoding="utf-8").splitlines():
        exchange = Exchange(**json.loads(line))
        latest[exchange.number] = exchange
    return list(latest.values())


def repeated(exchanges: Sequence[Exchange]) -> dict[str, int]:
    """How often each request came that came more than once."""
    counts = Counter(each.hash for each in exchanges)
    return {name: count for name, count in counts.items() if count > 1}


def answers(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """Each answer once, however often it was asked for."""
    return list({each.hash: each for each in exchanges if each.usage is not None and each.status == 200}.values())
