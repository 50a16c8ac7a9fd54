"""Numbers of contacts: how many, and how many of each kind."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, StringConstraints

from onelane.storage.people.contact_counts import CountBy, count_by
from onelane.storage.people.contacts import count_contacts as count_live
from onelane.tools.people.contact_fields import Tag, one_line
from onelane.tools.people.contact_filter import ContactFilter
from onelane.tools.registry.context import Context
from onelane.tools.registry.result import Result
from onelane.tools.registry.tool import UNLISTED
from onelane.tools.registry.tool_spec import Effect, Reveals, tool


class ContactGroup(Result):
    """How many contacts have one thing in common."""

    value: str
    """Empty for those of whom it is not known."""
    count: int


class ContactCounts(Result):
    """How many contacts there are, and of each kind, the most first."""

    by: CountBy
    total: int
    groups: Sequence[ContactGroup]
    others: int
    """How many further kinds there are."""

    def text(self) -> str:
        """A line a kind."""
        if not self.total:
            return "No contacts, so there is nothing to count. search_contacts shows who is there."
        lines = [f"{self.total:,} contact{'' if self.total == 1 else 's'} by {self.by}:"]
        lines += [f"{group.count:,}\t{one_line(group.value) or '(unknown)'}" for group in self.groups]
        lines += [f"and {self.others:,} more kinds"] if self.others else []
        return "\n".join(lines)


@tool(effect=Effect.READ, toolset="contacts", title="Count contacts", route="GET /api/contact-counts", reveals=Reveals)
def count_contacts(
    ctx: Context,
    by: CountBy = CountBy.COMPANY,
    query: Annotated[str, StringConstraints(max_length=500)] = "",
    tag: Tag | None = None,
    due: Annotated[bool, UNLISTED] = False,
    limit: Annotated[int, Field(ge=1, le=100), UNLISTED] = 25,
) -> ContactCounts:
    """Count contacts, all or those that fit, and group them.

    Args:
        by: what to group by; month: in which they came in
        query: only those with these words
        tag: only those with this tag
        due: only who is due
        limit: how many kinds at most
    """
    is_some = bool(query or tag or due)
    ids = ContactFilter(query=query or None, tag=tag, due=due).find(ctx.session) if is_some else None
    counts = count_by(ctx.session, by, ids)
    # By month the latest are asked for, by anything else the largest.
    ordered_counts = sorted(counts.items(), reverse=True) if by is CountBy.MONTH else counts.most_common()
    return ContactCounts(
        by=by,
        total=count_live(ctx.session).live if ids is None else len(ids),
        groups=[ContactGroup(value=value, count=count) for value, count in ordered_counts[:limit]],
        others=max(0, len(ordered_counts) - limit),
    )
