"""Which hosts are read how: the rules in data that fetching and the router go by (docs/web.md, "Hosts", "Routing")."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for some hosts and for all that stand under them.

    Args:
        hosts: in lower case, without a dot in front; `x.com` covers `www.x.com` too
        reason: why, in a sentence; people and models read it
    """

    hosts: Sequence[str]
    reason: str

    def covers(self, host: str) -> bool:
        """Whether it holds for this host."""
        return any(host == rule_host or host.endswith(f".{rule_host}") for rule_host in self.hosts)


NEVER = (
    Rule(
        ("x.com", "twitter.com", "t.co"),
        "X forbids reading its pages by program and suspends the accounts of people who do; "
        "import the archive that X sends its members instead (start_sync), or ask the person to look.",
    ),
    Rule(
        ("linkedin.com", "lnkd.in"),
        "LinkedIn forbids reading its pages by program and restricts the accounts of people who do; "
        "import the export that LinkedIn gives its members instead (start_sync), or ask the person to look.",
    ),
)
"""Hosts whose pages are never read, whoever leads there."""

BROWSER = (
    Rule(("linktr.ee", "beacons.ai"), "its pages are written by their scripts"),
    Rule(("notion.site", "canva.site", "framer.website"), "its pages are written by their scripts"),
)
"""Hosts whose pages say next to nothing until a browser has run their scripts."""


def rule_for(rules: Iterable[Rule], host: str) -> Rule | None:
    """The first rule that covers a host; None when none does."""
    name = host.lower().rstrip(".")
    return next((rule for rule in rules if rule.covers(name)), None)
