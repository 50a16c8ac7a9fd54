"""What lint looks at besides the template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from onelane.tools.outreach.planning.facts import AccountFacts


@dataclass(frozen=True, slots=True)
class LintFacts:
    """What lint looks at besides the template.

    Args:
        now: the instant
        accounts: those that could send
        people: the fields of those who are enrolled
    """

    now: datetime
    accounts: Sequence[AccountFacts] = ()
    people: Sequence[Mapping[str, Any]] = ()
