"""Outcomes of a tool that works on many contacts: one result for each."""

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, Generic, Self, TypeVar

from onelane.tools.people.contact_fields import one_line
from onelane.tools.registry.result import Result

_NAMES = 10

Kind = TypeVar("Kind", bound=StrEnum)


class ContactOutcome(Result, Generic[Kind]):
    """What became of one contact."""

    contact_id: str
    contact_name: str | None
    outcome: Kind

    def text(self) -> str:
        """Who it is about."""
        return self.contact_id if self.contact_name is None else f"{one_line(self.contact_name)} ({self.contact_id})"


Each = TypeVar("Each", bound=ContactOutcome[Any])


class Outcomes(Result, Generic[Each]):
    """What became of each contact, in the order of the question."""

    data: Sequence[Each]
    total: int
    counts: dict[str, int]
    """How many contacts had each outcome."""

    def text(self) -> str:
        """A line for each outcome: how many, and the first names."""
        return "\n".join(self._line(outcome, count) for outcome, count in self.counts.items()) or "Nobody."

    @property
    def length(self) -> int:
        """How many contacts are told one by one."""
        return len(self.data)

    def first(self, count: int) -> Self:
        """The same with fewer contacts told one by one; the counts are those of all."""
        return self.model_copy(update={"data": self.data[:count]})

    def for_model(self) -> Result:
        """Those who are named in the text."""
        named_outcomes = [each for outcome in self.counts for each in self._first_of(outcome)]
        return self.model_copy(update={"data": named_outcomes}) if len(named_outcomes) < len(self.data) else self

    def _first_of(self, outcome: str) -> list[Each]:
        return [each for each in self.data if each.outcome == outcome][:_NAMES]

    def _line(self, outcome: str, count: int) -> str:
        names = [each.text() for each in self._first_of(outcome)]
        more = f" and {count - len(names)} more" if count > len(names) else ""
        return f"{count} {outcome.replace('_', ' ')}: {', '.join(names)}{more}"


def count_outcomes(outcomes: Iterable[ContactOutcome[Any]]) -> dict[str, int]:
    """How many contacts had each outcome."""
    return dict(Counter(str(each.outcome) for each in outcomes))
