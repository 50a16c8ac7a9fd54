"""Contacts: the people the person knows (docs/tables.md, "Contacts")."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Field, col, select, update

from onelane.storage.database.columns import (
    Vocabulary,
    count_column,
    enum_column,
    flag_column,
    json_column,
    time_column,
    word_column,
)
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, Values, among, bare, create_row, read_rows, table_of, update_row
from onelane.storage.people.contact_field import LAST, ContactField, FieldKind, contact_field, fields_of, with_field
from onelane.storage.platforms.accounts import Platform


class FunnelStage(Vocabulary):
    """How far the relationship has come."""

    PROSPECT = "prospect"
    ENGAGED = "engaged"
    QUALIFIED = "qualified"
    OPPORTUNITY = "opportunity"
    CUSTOMER = "customer"
    ADVOCATE = "advocate"


_HAS_EMAIL = sa.text("email IS NOT NULL")
_HAS_RHYTHM = sa.text("rhythm_days IS NOT NULL")


class Contact(Row, table=True):
    """A row of `contacts`: one person, or an organisation that has no person."""

    __tablename__ = "contacts"
    __table_args__ = (
        sa.Index("idx_contacts_name", "name"),
        sa.Index("ix_contacts_live", "archived_at", "id"),
        sa.Index("ix_contacts_email", "email", sqlite_where=_HAS_EMAIL, postgresql_where=_HAS_EMAIL),
        sa.Index("ix_contacts_rhythm", "rhythm_days", sqlite_where=_HAS_RHYTHM, postgresql_where=_HAS_RHYTHM),
    )

    id: str = Field(primary_key=True, sa_type=sa.Text)
    name: str = Field(
        sa_column=with_field(
            sa.Column(sa.Text(), nullable=False),
            ContactField(
                FieldKind.NAME, "the full name", place=1, found_on_pages=True, points=15, weight="A", judged=True,
                in_text=False,
            ),
        )
    )  # fmt: skip
    first_name: str | None = contact_field(
        FieldKind.LINE, "the given name", place=2, fills_gap=True, found_on_pages=True, in_text=False, listed=False
    )
    last_name: str | None = contact_field(
        FieldKind.LINE, "the family name", place=3, fills_gap=True, found_on_pages=True, in_text=False, listed=False
    )
    headline: str | None = contact_field(
        FieldKind.LINE, "one line in which they describe themselves", place=8, fills_gap=True, found_on_pages=True,
        points=5, points_for="about", weight="D", judged=True, listed=False,
    )  # fmt: skip
    company: str | None = contact_field(
        FieldKind.COMPANY, "the company they work for", place=5, fills_gap=True,
        found_on_pages="where they work at present", points=15, weight="B", judged=True, in_text=False,
    )  # fmt: skip
    title: str | None = contact_field(
        FieldKind.LINE, "their job title", place=4, fills_gap=True, points=15, weight="C", judged=True, in_text=False,
        found_on_pages="what they do at present, such as Head of Data",
    )  # fmt: skip
    email: str | None = contact_field(
        FieldKind.EMAIL, "the address to write to first", place=6, fills_gap=True,
        found_on_pages="their own e-mail address", points=25, judged=True, in_text=False,
    )  # fmt: skip
    """The address to write to first; all of them are in `contact_emails`, which the search index reads."""
    phone: str | None = contact_field(
        FieldKind.PHONE, "with the country code if known", place=7, fills_gap=True,
        found_on_pages="their own telephone number", points=8,
    )  # fmt: skip
    platform: Platform | None = Field(default=None, sa_column=word_column(Platform, nullable=True))
    """Where this contact first came from."""
    profile_url: str | None = contact_field(
        FieldKind.PROFILE_URL, "their profile, such as on LinkedIn", place=11, fills_gap=True, points=10,
        in_text=False, found_on_pages=True,
    )  # fmt: skip
    avatar_url: str | None = contact_field(
        FieldKind.WEB_ADDRESS, "their picture", place=None, fills_gap=True, in_text=False
    )
    bio: str | None = contact_field(
        FieldKind.PROSE, "a text about them", place=12, fills_gap=True, points=5, points_for="about", weight="D",
        in_text=False, found_on_pages="about them, in a few sentences of the text",
    )  # fmt: skip
    location: str | None = contact_field(
        FieldKind.LINE, "the place where they live", place=9, fills_gap=True, found_on_pages=True,
        points=4, weight="D", judged=True,
    )  # fmt: skip
    website: str | None = contact_field(
        FieldKind.WEB_ADDRESS, "their own page", place=10, fills_gap=True, points=3,
        found_on_pages=True,
    )  # fmt: skip
    notes: str | None = contact_field(
        FieldKind.PROSE, "the person's own notes", place=13, fills_gap=True, weight="D", in_text=False
    )
    time_zone: str | None = contact_field(
        FieldKind.TIME_ZONE, "IANA name, such as Europe/Berlin", place=14, fills_gap=True, listed=False
    )
    country: str | None = contact_field(
        FieldKind.COUNTRY, "two letters, such as DE", place=15, fills_gap=True, listed=False
    )
    consent_basis: str | None = contact_field(
        FieldKind.LINE, "why they may be written to; refused: never", place=16, fills_gap=True
    )
    consent_at: datetime | None = Field(
        default=None,
        sa_column=with_field(
            time_column(),
            ContactField(FieldKind.INSTANT, "when they said so", place=17, fills_gap=True, in_text=False, listed=False),
        ),
    )
    tags: str = Field(
        default="[]",
        sa_column=with_field(
            json_column("[]"),
            ContactField(FieldKind.TAGS, "all tags, replacing the old ones", LAST + 1, in_text=False),
        ),
    )
    funnel_stage: FunnelStage = Field(
        default=FunnelStage.PROSPECT,
        sa_column=with_field(
            enum_column(FunnelStage, name="ck_contacts_funnel_stage", default=FunnelStage.PROSPECT),
            ContactField(FieldKind.STAGE, "how far the relationship has come", LAST + 2, in_text=False),
        ),
    )
    score: int = Field(default=0, sa_column=count_column())
    enrichment_score: int = Field(default=0, sa_column=count_column())
    """0 to 100: how much is known."""
    metadata_: str = Field(
        default="{}", sa_column=sa.Column("metadata", sa.Text(), nullable=False, server_default=sa.text("'{}'"))
    )
    last_interaction_at: datetime | None = Field(default=None, sa_column=time_column())
    is_self: bool = Field(default=False, sa_column=flag_column(default=False))
    is_organisation: bool = Field(default=False, sa_column=flag_column(default=False))
    archived_at: datetime | None = Field(default=None, sa_column=time_column())
    archive_reason: str | None = Field(default=None, sa_type=sa.Text)
    archived_by_run_id: str | None = Field(default=None, sa_type=sa.Text)
    """The run that archived this contact, so that all of a run's archiving can be taken back."""
    created_at: datetime = Field(sa_column=time_column(defaults_to_now=True))
    updated_at: datetime = Field(sa_column=time_column(defaults_to_now=True))
    enriched_at: datetime | None = Field(default=None, sa_column=time_column())
    """When an enrichment last looked for what is missing here; it looks again after a while only."""
    rhythm_days: int | None = Field(
        default=None,
        sa_column=with_field(
            sa.Column(sa.Integer(), nullable=True),
            ContactField(FieldKind.DAYS, "after how many days to be in touch again; 0: never", LAST + 3, in_text=False),
        ),
    )
    rhythm_from: datetime | None = Field(default=None, sa_column=time_column())
    """From when the days count where nothing passed between them and the person since then."""


CONTACT_FIELDS: tuple[ContactField, ...] = fields_of(table_of(Contact), tuple(Contact.model_fields))
"""The fields of a contact in the order of the columns; everything else that knows them derives from here."""


def fields_by_place() -> list[ContactField]:
    """The fields in the order in which forms ask for them; those that no form asks for come last."""
    return sorted(CONTACT_FIELDS, key=lambda field: LAST * 2 if field.place is None else field.place)


def hold_for_import(session: Session, contact_ids: Collection[str], columns: Sequence[str]) -> list[Values]:
    """These columns of many contacts; until the transaction ends nobody else changes them."""
    table = bare(Contact)
    query = sa.select(*(table.c[name] for name in columns)).where(among(session, table.c.id, contact_ids))
    # In the order of their ids, as `hold_contacts` does, and without keeping others from referring to them.
    return read_rows(session, query.order_by(table.c.id).with_for_update(key_share=True))


def get_contact(session: Session, contact_id: str) -> Contact | None:
    """The contact with this id, archived or not."""
    return session.get(Contact, contact_id)


def list_contacts(session: Session, contact_ids: Collection[str]) -> list[Contact]:
    """Those of these contacts that exist, archived or not."""
    return list(session.exec(select(Contact).where(among(session, table_of(Contact).c.id, contact_ids))))


def contact_names(session: Session, contact_ids: Collection[str]) -> dict[str, str]:
    """How contacts are called, by their ids."""
    table = table_of(Contact)
    if not contact_ids:
        return {}
    query = sa.select(table.c.id, table.c.name).where(among(session, table.c.id, contact_ids))
    return {row.id: row.name for row in session.sql(query)}


def create_contact(session: Session, **values: Any) -> Contact:
    """A new contact; `values` are its columns but for id and times."""
    return create_row(session, Contact, "con", **values)


def update_contact(session: Session, contact_id: str, **changes: Any) -> Contact | None:
    """Change some columns; None when there is no such contact."""
    return update_row(session, Contact, contact_id, changes)


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of a contact that tools check before they change it."""

    name: str
    is_archived: bool


def hold_contacts(session: Session, contact_ids: Collection[str]) -> dict[str, Standing]:
    """Those of these contacts that exist; until the transaction ends nobody else archives or restores them."""
    table = table_of(Contact)
    query = sa.select(table.c.id, table.c.name, table.c.archived_at).where(among(session, table.c.id, contact_ids))
    # In the order of their ids, so that two who want the same contacts wait for each other and not in a circle.
    rows = session.sql(query.order_by(table.c.id).with_for_update(key_share=True))
    return {row.id: Standing(row.name, row.archived_at is not None) for row in rows}


def keep_refusals(session: Session, contact_ids: Collection[str]) -> int:
    """Put on record that contacts refuse letters, where nothing of their consent is yet; of how many."""
    if not contact_ids:
        return 0
    now, table = session.now(), table_of(Contact)
    statement = update(Contact).where(among(session, table.c.id, contact_ids), table.c.consent_basis.is_(None))
    return session.sql(statement.values(consent_basis="refused", consent_at=now, updated_at=now)).rowcount


def archive_contacts(session: Session, contact_ids: Collection[str], reason: str, *, run_id: str | None = None) -> int:
    """Put contacts aside and keep the reason; how many were not archived before."""
    now, table = session.now(), table_of(Contact)
    statement = update(Contact).where(among(session, table.c.id, contact_ids), table.c.archived_at.is_(None))
    values = {"archived_at": now, "archive_reason": reason, "archived_by_run_id": run_id, "updated_at": now}
    return session.sql(statement.values(**values)).rowcount


def restore_contacts(session: Session, contact_ids: Collection[str]) -> int:
    """Bring archived contacts back; how many came back."""
    table = table_of(Contact)
    statement = update(Contact).where(among(session, table.c.id, contact_ids), table.c.archived_at.is_not(None))
    values = {"archived_at": None, "archive_reason": None, "archived_by_run_id": None, "updated_at": session.now()}
    return session.sql(statement.values(**values)).rowcount


def list_archived_by(session: Session, run_id: str) -> list[str]:
    """The ids of contacts that this run archived and nobody restored."""
    query = select(Contact.id).where(col(Contact.archived_at).is_not(None), Contact.archived_by_run_id == run_id)
    return list(session.exec(query.order_by(col(Contact.id))))


class ContactCounts(NamedTuple):
    """How many contacts there are."""

    live: int
    archived: int


def count_contacts(session: Session) -> ContactCounts:
    """How many contacts there are, archived or not.

    All of them and the archived ones are read off indexes; the live ones, which are the most, are not counted.
    """
    everyone, archived = session.sql(_COUNT).one()
    return ContactCounts(everyone - archived, archived)


_COUNT = sa.text(
    "SELECT (SELECT count(*) FROM contacts), (SELECT count(*) FROM contacts WHERE archived_at IS NOT NULL)"
)
