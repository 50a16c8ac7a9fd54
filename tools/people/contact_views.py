"""Contacts as they are shown: in a list, by themselves, and with all that is known around them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Self

import orjson
from pydantic import BeforeValidator, create_model

from onelane.storage.people.contact_field import FieldKind
from onelane.storage.people.contact_sources import SourceMethod
from onelane.storage.people.contacts import CONTACT_FIELDS, Contact, FunnelStage
from onelane.storage.people.engagements import EngagementType
from onelane.storage.people.identities import Identity
from onelane.storage.platforms.accounts import Platform
from onelane.storage.platforms.content import Direction
from onelane.storage.search.contact_search import MatchedBy
from onelane.storage.search.words import OTHER_NAMES
from onelane.storage.workflows.enrollments import EnrollmentStatus
from onelane.storage.workflows.steps import StepType
from onelane.tools.people.contact_fields import one_line
from onelane.tools.registry.json_values import JsonText
from onelane.tools.registry.result import About, Instant, ListItem, PageResult, Result, when

_VALUE_CHARS = 80


def _load_json(value: object) -> object:
    return orjson.loads(value) if isinstance(value, str) else value


TagList = Annotated[Sequence[str], BeforeValidator(_load_json)]
"""Tags; the row has them as JSON text."""


_SHOWN_AS: Mapping[FieldKind, Any] = {FieldKind.INSTANT: Instant, FieldKind.DAYS: int}
"""What is no text."""


_TAGS = 3


class ContactLine(ListItem):
    """A contact as lists show it."""

    name: str
    title: str | None
    company: str | None
    email: str | None
    location: str | None
    platform: Platform | None
    profile_url: str | None
    tags: TagList
    funnel_stage: FunnelStage
    enrichment_score: int
    last_interaction_at: Instant | None
    archived_at: Instant | None

    def text(self) -> str:
        """One line: id, name, title at company, address."""
        work = " at ".join(part for part in (self.title, self.company) if part)
        archived = "" if self.archived_at is None else "\tarchived"
        return "\t".join(one_line(part or "") for part in (self.id, self.name, work, self.email)) + archived


class FoundContact(ContactLine):
    """A contact as a search shows it."""

    untold: ClassVar[frozenset[str]] = frozenset({"matched_by", "enrichment_score", "profile_url"})

    matched_by: MatchedBy | None
    """How the words were found; nothing when there were none."""

    def text(self) -> str:
        """The contact's line, then where they live and their first tags: what may have been looked for."""
        tags = [f"#{one_line(tag)}" for tag in self.tags[:_TAGS]]
        return "\t".join(filter(None, [super().text(), one_line(self.location or ""), " ".join(tags)]))


class Nearest(Result):
    """What was looked for instead, where nobody has all words."""

    query: str
    """The words that were found together."""
    missing: Sequence[str]
    """Those that were left out."""
    next_cursor: str | None = None
    """Where the list of those who have them goes on."""


class ContactPage(PageResult[FoundContact]):
    """A page of contacts."""

    noun: ClassVar[str] = "contacts"

    total_is_exact: bool
    """False when there are more than `total`."""
    fitting_page_size: int | None = None
    """Set when the page was too long for one answer."""
    nearest: Nearest | None = None
    """Set when nobody has all words, and those who are shown have some of them."""

    def first(self, count: int) -> Self:
        """A shorter page. Where the next one begins only a search of that size can tell."""
        return self.model_copy(update={"data": self.data[:count], "next_cursor": None, "fitting_page_size": count})

    def text(self) -> str:
        """A line a contact, what a typo was taken for, how to get the rest."""
        lines = [contact.text() for contact in self.data]
        if self.nearest is not None:
            left_out = ", ".join(repr(word) for word in self.nearest.missing)
            without = f"Nobody has {left_out} as well. " if left_out else ""
            lines.insert(0, f"{without}query={self.nearest.query!r} finds:")
        if any(contact.matched_by == "typo" for contact in self.data):
            lines.append("Nobody is written exactly so; these are close.")
        return "\n".join([*lines, self.count_line(), *self._how_to_go_on()])

    def count_line(self) -> str:
        """How many of how many these are."""
        at_least = "" if self.total_is_exact else "at least "
        return f"{len(self.data):,} of {at_least}{self.total:,} {self.noun}." if self.total else super().count_line()

    def _how_to_go_on(self) -> Iterator[str]:
        if self.fitting_page_size is not None:
            yield f"More do not fit in one answer: call again with page_size={self.fitting_page_size}."
        elif self.next_cursor is not None:
            yield f"More: call again with cursor={self.next_cursor!r}."
        elif self.nearest is not None and self.nearest.next_cursor is not None:
            yield f"More: call again with query={self.nearest.query!r} and cursor={self.nearest.next_cursor!r}."


def _with_all_fields() -> type[ContactLine]:
    others: dict[str, Any] = {
        field.name: (_SHOWN_AS.get(field.kind, str) | None, ...)
        for field in CONTACT_FIELDS
        if field.name not in ContactLine.model_fields
    }
    return create_model("ContactFields", __base__=ContactLine, **others)


class ContactView(_with_all_fields()):
    """A contact with everything that is in its own row."""

    untold: ClassVar[frozenset[str]] = frozenset(
        {"score", "is_self", "is_organisation", "created_at", "updated_at", "archived_by_run_id", "avatar_url"}
    )
    untold_in_lists: ClassVar[frozenset[str]] = frozenset({"metadata"})

    # Fields of which the code itself speaks, for type checkers.
    first_name: str | None
    phone: str | None
    website: str | None
    notes: str | None
    rhythm_days: int | None

    score: int
    metadata: JsonText
    is_self: bool
    is_organisation: bool
    archive_reason: str | None
    archived_by_run_id: str | None
    created_at: Instant
    updated_at: Instant


class IdentityView(Result):
    """Who a contact is on a platform."""

    platform: Platform
    platform_user_id: str
    platform_handle: str | None
    platform_url: str | None
    is_primary: bool
    is_active: bool
    followers_count: int | None
    following_count: int | None
    last_synced_at: Instant | None

    def text(self) -> str:
        """One line: platform and address."""
        return f"{self.platform.label}\t{self.platform_url or self.platform_handle or self.platform_user_id}"


class OtherValue(Result):
    """What an export says of a contact beside the contact's own values: another name, or a value that differs."""

    field: str
    value: str
    platform: Platform

    def text(self) -> str:
        """One line: the value, who says so."""
        return f"{self.field.replace('_', ' ')}: {one_line(self.value)[:_VALUE_CHARS]}\tfrom {self.platform.label}"


class EmailView(Result):
    """An address of a contact."""

    address: str
    label: str | None
    source: str
    is_verified: bool

    def text(self) -> str:
        """One line: the address, what it is for, who says so."""
        label = f"{one_line(self.label)}, " if self.label else ""
        return f"{self.address}\t{label}from {self.source}{'' if self.is_verified else ', unverified'}"


class EngagementView(Result):
    """That something passed between us and a contact; never its text."""

    id: str
    engagement_type: EngagementType
    direction: Direction
    platform: Platform | None
    occurred_at: Instant | None

    def text(self) -> str:
        """One line: when, what, which way, where."""
        platform = "" if self.platform is None else f" on {self.platform.label}"
        return f"{when(self.occurred_at) or 'undated'}\t{self.direction} {self.engagement_type.label.lower()}{platform}"


class OngoingEnrollment(Result):
    """A template that a contact is in."""

    id: str
    template_id: str
    template_name: str
    status: EnrollmentStatus
    current_step_index: int

    def text(self) -> str:
        """One line: the template, where in it."""
        return f"{self.template_name}\t{self.status}, step {self.current_step_index}\t{self.id}"


class MergeProposal(Result):
    """A question that waits for the person: whether two contacts are one."""

    id: str
    title: str
    description: str | None
    contact_ids: Sequence[str]
    created_at: Instant

    def text(self) -> str:
        """One line: why, and who."""
        return f"{one_line(self.description or self.title)}\t{', '.join(self.contact_ids)}"


class SourceView(Result):
    """Where a value of a contact comes from."""

    field: str
    """The second value of one field that a page gives is told as `phone:2`."""
    value: str
    url: str
    method: SourceMethod
    workflow_run_id: str | None
    created_at: Instant

    def text(self) -> str:
        """One line: the value, the page, how it was found there."""
        return f"{self.field}: {one_line(self.value)[:_VALUE_CHARS]}\t{self.url}\t{self.method.label.lower()}"


class ContactDetail(ContactView):
    """A contact with all that is known around it."""

    identities: Sequence[IdentityView]
    other_values: Sequence[OtherValue]
    """Other names, and what exports say otherwise or said before."""
    emails: Sequence[EmailView]
    engagements: Sequence[EngagementView]
    """The latest ones, newest first."""
    enrollments: Sequence[OngoingEnrollment]
    """The ongoing ones."""
    merge_proposals: Sequence[MergeProposal]
    last_contact_at: Instant | None
    """When words last passed, or a task about them was done, as far as that is known."""
    next_contact_at: Instant | None
    """When to be in touch again, where they have a rhythm."""
    sources: Sequence[SourceView]
    """The pages that say the values, field by field."""

    def text(self) -> str:
        """The contact's line, then what is known, a heading and lines each."""
        facts = {
            **{field.name: getattr(self, field.name) for field in CONTACT_FIELDS if field.in_text},
            "tags": ", ".join(self.tags),
            "stage": self.funnel_stage,
            "last in touch": when(self.last_contact_at),
            "be in touch": self._rhythm(),
            "enrichment score": str(self.enrichment_score),
            "archived because": self.archive_reason,
            "notes": self.notes,
        }
        lines = [super().text(), *(f"{name}: {one_line(fact)[:500]}" for name, fact in facts.items() if fact)]
        for name, heading in _HEADINGS.items():
            lines += _section(heading, getattr(self, name))
        return "\n".join(lines)

    def _rhythm(self) -> str | None:
        days = self.rhythm_days
        return None if days is None else f"{rhythm_words(days)}, next {when(self.next_contact_at)}"


def rhythm_words(days: int) -> str:
    """How often that is."""
    return "every day" if days == 1 else f"every {days:,} days"


class SavedContact(ContactView):
    """A contact that was created or changed."""

    created: bool

    def text(self) -> str:
        """One line: what happened, then the contact, and how often to be in touch where that is set."""
        rhythm = "" if self.rhythm_days is None else f"\tin touch {rhythm_words(self.rhythm_days)}"
        return f"{'Created' if self.created else 'Saved'}\t{super().text()}{rhythm}"

    def shows_kept(self, made: Collection[str]) -> bool:
        """Of a contact of the caller's own is known what was said."""
        return not self.created and self.id not in made

    def recorded_about(self) -> About:
        """The contact."""
        return {"contact_id": self.id}

    def recorded_as(self) -> StepType | None:
        """A new contact is no merge."""
        return StepType.CONTACT_CREATE if self.created else StepType.CONTACT_MERGE


def other_values_of(contact: Contact, identities: Iterable[Identity]) -> list[OtherValue]:
    """What the exports behind identities, and their platforms, say beside the contact's own values."""
    other_values: dict[tuple[str, str], OtherValue] = {}
    for identity in identities:
        data: dict[str, Any] = orjson.loads(identity.platform_data)
        also: dict[str, list[Any]] = data.get("also", {})
        names = {name: [data[name]] for name in OTHER_NAMES if name in data}
        for name, values in [*names.items(), *also.items()]:
            for value in values:
                if isinstance(value, str) and getattr(contact, name, None) != value:
                    other = OtherValue(field=name, value=value, platform=identity.platform)
                    other_values.setdefault((name, value), other)
    return list(other_values.values())


def values_of(contact: Contact) -> dict[str, object]:
    """A contact's columns by the names that views have."""
    values = contact.model_dump()
    return {**values, "metadata": values.pop("metadata_")}


_HEADINGS = {
    "emails": "Addresses",
    "identities": "Identities",
    "other_values": "Also known from exports",
    "enrollments": "Enrolled in",
    "engagements": "Latest engagements",
    "merge_proposals": "Same person? To be decided by the person",
    "sources": "Found on pages",
}
"""The parts of a contact that have a heading of their own, in the order in which they are shown."""


def _section(heading: str, items: Iterable[Result]) -> list[str]:
    lines = [item.text() for item in items]
    return [f"{heading}:", *lines] if lines else []
