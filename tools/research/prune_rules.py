"""Pruning by rules: which contacts match the criteria, and why."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from onelane.storage.people.contacts import FunnelStage, fields_by_place
from onelane.tools.people.contact_fields import one_line
from onelane.tools.people.intake.names import folded, folded_company

UNTOUCHABLE = (FunnelStage.CUSTOMER, FunnelStage.ADVOCATE)
"""Contacts at these stages are never archived by a run."""

_MOST = 200
_WORD = re.compile(r"\w+")


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _instant(value: object) -> object:
    """A bare date is its midnight in UTC, and so is an instant without a time zone."""
    if isinstance(value, str):
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            return value
        return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return value


Entry = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Entries = Annotated[tuple[Entry, ...], BeforeValidator(_several), Field(max_length=_MOST)]


class PruneCriteria(BaseModel):
    """What makes a contact one that can be archived. All that is given must hold; nothing given means nobody."""

    model_config = ConfigDict(
        extra="forbid", alias_generator=to_camel, populate_by_name=True, frozen=True, val_temporal_unit="seconds"
    )

    no_interaction_days: Annotated[int, Field(ge=1, le=36_500)] | None = Field(
        default=None, description="days without any message; who never wrote counts from when they came in"
    )
    max_enrichment_score: Annotated[int, Field(ge=0, le=100)] | None = Field(
        default=None, description="this score or less"
    )
    without_email: bool = Field(default=False, description="has no e-mail address")
    without_company: bool = Field(default=False, description="has no company")
    company_in: Entries = Field(default=(), description="works for one of these companies, whatever their legal form")
    title_matches: Entries = Field(
        default=(), description="has one of these words or phrases in the title, as whole words"
    )
    imported_before: Annotated[datetime, BeforeValidator(_instant)] | None = Field(
        default=None, description="came in before this instant"
    )
    tags_any: Entries = Field(default=(), description="has one of these tags")
    tags_none: Entries = Field(default=(), description="has none of these tags")
    never_contacted: bool = Field(default=False, description="was never written to")

    @property
    def are_empty(self) -> bool:
        """Whether nothing is asked for; `tags_none` alone only says who stays."""
        return self.model_copy(update={"tags_none": ()}) == PruneCriteria()


@dataclass(frozen=True, slots=True)
class Prunable:
    """What is looked at in a contact."""

    id: str
    name: str
    title: str | None
    company: str | None
    email: str | None
    fields: Mapping[str, str | None]
    """Every contact field that pruning looks at, those above among them."""
    tags: Sequence[str]
    enrichment_score: int
    created_at: datetime
    last_interaction_at: datetime | None
    was_contacted: bool
    """Whether anything ever passed between us, in either direction."""

    @classmethod
    def of(cls, row: Mapping[Any, Any]) -> "Prunable":
        """What pruning looks at in a contact's row."""
        return cls(
            **{name: row[name] for name in ("id", "name", "title", "company", "email", "enrichment_score")},
            fields={field.name: row[field.name] for field in fields_by_place() if field.judged},
            tags=orjson.loads(row["tags"]),
            created_at=row["created_at"],
            last_interaction_at=row["last_interaction_at"],
            was_contacted=bool(row["was_contacted"]),
        )


class Spared:
    """Whom a person keeps, whatever the criteria say.

    Args:
        names: ids and tags of contacts; the case of a tag does not matter
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._ids = set(names)
        self._tags = {folded(name) for name in names}

    def __contains__(self, contact: Prunable) -> bool:
        return contact.id in self._ids or any(folded(tag) in self._tags for tag in contact.tags)


def why_prune(contact: Prunable, criteria: PruneCriteria, now: datetime) -> str | None:
    """Why a contact can be archived, in a sentence; None when it stays.

    Args:
        contact: what is known of it
        criteria: all must hold
        now: the present instant
    """
    if criteria.are_empty:
        return None
    reasons: list[str] = []
    for rule in _RULES:
        reason = rule(contact, criteria, now)
        if reason is None:
            return None
        if reason:
            reasons.append(reason)
    sentence = "; ".join(reasons)
    return f"{sentence[:1].upper()}{sentence[1:]}." if sentence else None


# Each rule gives its reason, nothing when it was not asked, and None when the contact stays.


def _long_silent(contact: Prunable, criteria: PruneCriteria, now: datetime) -> str | None:
    days = criteria.no_interaction_days
    if days is None:
        return ""
    since = contact.last_interaction_at or contact.created_at
    return f"no interaction for {days} days" if since < now - timedelta(days=days) else None


def _hardly_known(contact: Prunable, criteria: PruneCriteria, now: datetime) -> str | None:
    most = criteria.max_enrichment_score
    if most is None:
        return ""
    return f"enrichment score of at most {most}" if contact.enrichment_score <= most else None


def _without_email(contact: Prunable, criteria: PruneCriteria, now: datetime) -> str | None:
    if not criteria.without_email:
        return ""
    return None if contact.email else "no e-mail address"


def _without_company(contact: Prunable, criteria: PruneCriteria, now: datetime) -> str | None:
    if not criteria.without_company:
        return ""
    return None if contact.company else "no company"


def _at_company(contact: Prunable, criteria: PruneCriteria, now: datetime) -> str | None:
    if not criteria.company_in:
        return ""
    company = folded_company(contact.company or "")
    match = next((name for name in criteria.company_in if company and folded_company(name) == company), None)
    return match and f"works at {one_line(match)}"


def _with_title(contact: Prunable, criteria: PruneCriteria, now: datetime) -> str | None:
    if not criteria.title_matches:
        return ""
    title = _in_words(contact.title or "")
    match = next(
        (words for words in criteria.title_matches if _in_words(words).strip() and _in_words(words) in title), None
    )
    return match and f'"{one_line(match)}" in the title'


def _imported_before(contact: Prunable, criteria: PruneCriteria, now: datetime) -> str | None:
    before = criteria.imported_before
    if before is None:
        return ""
    return f"imported before {before.astimezone(UTC):%Y-%m-%d}" if contact.created_at < before else None


def _with_tag(contact: Prunable, criteria: PruneCriteria, now: datetime) -> str | None:
    tags = {folded(tag) for tag in contact.tags}
    if any(folded(tag) in tags for tag in criteria.tags_none):
        return None
    if not criteria.tags_any:
        return ""
    match = next((tag for tag in criteria.tags_any if folded(tag) in tags), None)
    return match and f"tagged {one_line(match)}"


def _never_contacted(contact: Prunable, criteria: PruneCriteria, now: datetime) -> str | None:
    if not criteria.never_contacted:
        return ""
    return None if contact.was_contacted else "never in contact"


def _in_words(text: str) -> str:
    """The words of a text with a space around each, so that `cto` is not found in `director`."""
    return f" {' '.join(_WORD.findall(folded(text)))} "


_RULES = (
    _long_silent,
    _never_contacted,
    _without_email,
    _without_company,
    _hardly_known,
    _at_company,
    _with_title,
    _imported_before,
    _with_tag,
)
