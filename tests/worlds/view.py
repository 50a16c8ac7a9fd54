"""What an invariant is given to look at: the database read-only, the world outside, what the person said.

An invariant is a function `(WorldView) -> Iterable[str]`: a sentence for each thing that must not be, with its ids.
The world asks it after each event (`World.looks`), where the product may be half-way through its work, and at the end.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from onelane.server.app import Onelane
from onelane.storage.database.engine import Database
from tests.worlds.events import Event
from tests.worlds.outside import Outside
from tests.worlds.yeses import Yeses

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class WorldView:
    """The world at this instant.

    Args:
        seed: the world's
        began: when it began
        now: what its clock shows
        is_over: whether this is the last look: nothing is under way, and everything that was due is done
        outside: what was seen from outside
        yeses: what the person said
        events: what has happened, in order
        product: Onelane as it is open now; its tools may be called, such as `explain`
    """

    seed: int
    began: datetime
    now: datetime
    is_over: bool
    outside: Outside
    yeses: Yeses
    events: Sequence[Event]
    product: Onelane

    @property
    def database(self) -> Database:
        """The product's."""
        return self.product.database

    def rows(self, sql: str, **values: Any) -> list[Row]:
        """What a SELECT gives; instants are Unix seconds, as the columns have them."""
        with self.database.read() as session:
            return [dict(row) for row in session.sql(sa.text(sql), values).mappings()]

    def one(self, sql: str, **values: Any) -> Any:
        """The only value of a SELECT."""
        with self.database.read() as session:
            return session.sql(sa.text(sql), values).scalar_one()


Invariant = Callable[[WorldView], Iterable[str]]
