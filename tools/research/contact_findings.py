"""The findings of a run about one contact."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from onelane.tools.people.contact_facts import Fact
from onelane.tools.people.fact_fields import FactField
from onelane.tools.research.page_reader import PageRead
from onelane.tools.research.person_facts import Sought


@dataclass(slots=True)
class ContactFindings:
    """The findings about one contact so far.

    Args:
        who: as whom they are looked for
        gaps: the fields that nothing is known of yet
        facts: what was found, the most trustworthy first
        pages: what was read
        refused: why pages were not read
        problems: pages that could not be read
        failures: searches and readings by the model that came to nothing for a fault
        contradicted: fields of which a page says two things
        needs_person: whether something was left out until a person allows it
    """

    who: Sought
    gaps: set[FactField]
    facts: list[Fact] = field(default_factory=list[Fact])
    pages: list[PageRead] = field(default_factory=list[PageRead])
    refused: list[str] = field(default_factory=list[str])
    problems: list[str] = field(default_factory=list[str])
    failures: list[str] = field(default_factory=list[str])
    contradicted: list[str] = field(default_factory=list[str])
    needs_person: bool = False

    @property
    def fault(self) -> str | None:
        """Why nothing was found, if that is somebody's fault; a card that is missing beside a page is none."""
        if self.facts:
            return None
        unread = [] if self.pages else self.problems
        return next(iter([*self.failures, *unread]), None)

    def add(self, facts: Sequence[Fact]) -> None:
        """Keep more facts."""
        self.facts += facts
        self.gaps -= {fact.field for fact in facts}
