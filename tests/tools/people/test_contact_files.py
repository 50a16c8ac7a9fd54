"""Exports: the JSON comes back with nothing lost, and spreadsheets and address books read the others."""

import csv
import io
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from onelane.storage.contact_documents import PARTS, contact_documents, contact_texts
from onelane.storage.database.engine import Database
from onelane.storage.outreach.suppressions import Suppression
from onelane.storage.people import contacts, identities
from onelane.storage.people.contact_sources import SourceMethod, keep_source
from onelane.storage.people.contacts import FunnelStage
from onelane.storage.people.emails import keep_email
from onelane.storage.platforms.accounts import Account, AuthType, Platform
from onelane.storage.schema import ensure_schema
from onelane.storage.search.contact_index import index_contacts
from onelane.tools.people.contact_files import FileForm, export_pieces
from onelane.tools.people.contact_filter import ContactFilter
from onelane.tools.people.intake.batch import BatchOutcome, absorb
from onelane.tools.people.intake.owners import ensure_account
from onelane.tools.platforms.exports import open_export, recognise
from onelane.tools.platforms.formats.archive import Archive
from onelane.tools.platforms.formats.records import PersonRecord
from onelane.tools.platforms.formats.vcard import read_vcards


def text_of(database: Database, form: FileForm, *, everything: bool = False) -> str:
    with database.read() as session:
        return b"".join(export_pieces(session, form, everything=everything)).decode()


def document_of(database: Database, *, everything: bool = False) -> Any:
    return json.loads(text_of(database, FileForm.JSON, everything=everything))


def imported(database: Database, file: Path) -> BatchOutcome:
    export = open_export("onelane_contacts", file)
    with database.write() as session:
        account = ensure_account(session, export.platform, export.owner)
        return absorb(session, list(export.items()), account=account, run_id="run", sub_type="onelane_contacts")


def fill(database: Database) -> str:
    """Two contacts with all that there is to say of them; the first one's id."""
    with database.write() as session:
        ada = contacts.create_contact(
            session, name='Ada "Countess" Lovelace', first_name="Ada", last_name="Lovelace; of Ockham",
            email="ada@engines.test", phone="+44 20 1234", company="=Engines, Ltd", title="Analyst\nof engines",
            tags='["first","日本, tag"]', funnel_stage=FunnelStage.CUSTOMER, score=7, metadata_='{"a":[1,{"b":null}]}',
            notes="line one\nline two", time_zone="Europe/London", country="GB", consent_basis="asked",
            consent_at=datetime(2026, 1, 2, tzinfo=UTC), bio="é" * 90,
        )  # fmt: skip
        for platform in (Platform.LINKEDIN, Platform.X):
            identities.create_identity(
                session,
                contact_id=ada.id,
                platform=platform,
                platform_user_id=f"ada-{platform}",
                platform_url="https://p.test",
            )
        for address in ("ada@engines.test", "ada@home.test"):
            keep_email(session, ada.id, address=address, normalized=address, source="person", is_verified=True)
        keep_source(
            session, contact_id=ada.id, field="company", value="Engines", url="https://engines.test",
            method=SourceMethod.PERSON, workflow_run_id=None,
        )  # fmt: skip
        gone = contacts.create_contact(session, name="Bob Gone", is_organisation=True)
        contacts.archive_contacts(session, [gone.id], "left")
        return ada.id


def test_the_database_writes_documents_as_they_are_read(database: Database) -> None:
    fill(database)
    with database.write() as session:
        contacts.create_contact(session, name="\t\x01\u2028 \\ 'Zoë' 🦀 \"", metadata_='{"é": ["\\u00e9", 1.5, true]}')
    with database.read() as session:
        read = list(contact_documents(session, parts=PARTS))
        assert [json.loads(text) for text in contact_texts(session)] == read
        assert [json.loads(text)["id"] for text in contact_texts(session, [read[1]["id"]])] == [read[1]["id"]]


def test_the_json_comes_back_into_an_empty_home_with_nothing_lost(tmp_path: Path, sqlite_database: Database) -> None:
    fill(sqlite_database)
    file = tmp_path / "contacts.json"
    file.write_text(text_of(sqlite_database, FileForm.JSON, everything=True))
    assert recognise(file) == ["onelane_contacts"]
    other = Database(f"sqlite:///{tmp_path / 'other.db'}", clock=sqlite_database.clock)
    try:
        ensure_schema(other)
        assert imported(other, file).added == 2
        assert document_of(other)["contacts"] == document_of(sqlite_database)["contacts"]
        assert imported(other, file).unchanged == 2
    finally:
        other.close()


def test_whoever_is_here_already_keeps_what_there_is_and_gains_what_is_missing(
    tmp_path: Path, sqlite_database: Database
) -> None:
    ada_id = fill(sqlite_database)
    file = tmp_path / "contacts.json"
    file.write_text(text_of(sqlite_database, FileForm.JSON))
    with sqlite_database.write() as session:
        contacts.update_contact(session, ada_id, company=None, title="Countess", tags='["own"]', consent_at=None)
    outcome = imported(sqlite_database, file)
    assert (outcome.updated, outcome.unchanged, outcome.added) == (1, 1, 0)
    ada = document_of(sqlite_database)["contacts"][0]
    assert (ada["company"], ada["title"], ada["tags"]) == ("=Engines, Ltd", "Countess", ["own", "first", "日本, tag"])
    assert (ada["consent_at"], len(ada["identities"]), len(ada["emails"])) == ("2026-01-02T00:00:00Z", 2, 2)


@pytest.mark.parametrize(("here", "in_file", "after"), [("own", "Refused", "Refused"), ("refused", "own", "refused")])
def test_a_no_is_lost_neither_here_nor_in_what_is_brought_in(
    tmp_path: Path, sqlite_database: Database, here: str, in_file: str, after: str
) -> None:
    ada_id = fill(sqlite_database)
    file = tmp_path / "contacts.json"
    with sqlite_database.write() as session:
        contacts.update_contact(session, ada_id, consent_basis=in_file)
    file.write_text(text_of(sqlite_database, FileForm.JSON))
    with sqlite_database.write() as session:
        contacts.update_contact(session, ada_id, consent_basis=here)
    imported(sqlite_database, file)
    assert document_of(sqlite_database)["contacts"][0]["consent_basis"] == after


def test_entries_that_are_no_contacts_are_named_and_do_not_stop_the_rest(
    tmp_path: Path, sqlite_database: Database
) -> None:
    fill(sqlite_database)
    document = document_of(sqlite_database)
    good = document["contacts"][0]
    document["contacts"] = [{"id": "con_1"}, 3, {**good, "name": 7}, good]
    file = tmp_path / "contacts.json"
    file.write_bytes(orjson.dumps(document))
    outcome = imported(sqlite_database, file)
    assert [bad.line for bad in outcome.bad] == [1, 2, 3]
    assert outcome.unchanged == 1
    fresh: dict[str, object] = {**good, "id": "con_" + "0" * 24, "identities": [], "emails": [], "sources": []}
    file.write_bytes(orjson.dumps({**document, "contacts": [fresh, {**fresh, "name": "Somebody else"}, fresh]}))
    doubled = imported(sqlite_database, file)
    assert (doubled.added, doubled.unchanged, [bad.line for bad in doubled.bad]) == (1, 1, [2])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"score": "seven"}, "score is str"),
        ({"platform": "nowhere"}, "platform is no word that this version knows"),
        ({"funnel_stage": "lead"}, "funnel_stage is no word that this version knows"),
        ({"rhythm_days": 99_999}, "rhythm_days is not from 1 to 3,660"),
        ({"consent_at": "yesterday"}, "consent_at is no instant"),
        ({"emails": [{"label": "home"}]}, "emails: address is missing"),
        ({"emails": "ada@engines.test"}, "emails is no list"),
        ({"sources": [3]}, "sources: field is missing"),
        ({"identities": [{"platform": "nowhere", "platform_user_id": "1"}]}, "identities: platform is no word that"),
    ],
)
def test_a_part_of_a_contact_that_can_not_be_read_costs_that_part_alone_and_is_told(
    tmp_path: Path, sqlite_database: Database, change: dict[str, object], said: str
) -> None:
    ada_id = fill(sqlite_database)
    document = document_of(sqlite_database)
    file = tmp_path / "contacts.json"
    file.write_bytes(orjson.dumps({**document, "contacts": [{**document["contacts"][0], **change}]}))
    with sqlite_database.write() as session:
        session.sql(sa.text("DELETE FROM contacts"))
    outcome = imported(sqlite_database, file)
    assert (outcome.added, outcome.bad) == (1, [])
    assert said in outcome.unread[0][1].what
    ada = document_of(sqlite_database)["contacts"][0]
    assert (ada["id"], ada["name"], ada["company"]) == (ada_id, 'Ada "Countess" Lovelace', "=Engines, Ltd")
    assert len(ada["emails"]) == (0 if "emails" in change else 2)


@pytest.mark.parametrize("order", [sorted, reversed])
def test_the_keys_of_an_export_may_stand_in_any_order(
    tmp_path: Path, sqlite_database: Database, order: Callable[[Iterable[str]], Iterable[str]]
) -> None:
    fill(sqlite_database)
    document = document_of(sqlite_database)
    document["contacts"] = [{name: each[name] for name in order(list(each))} for each in document["contacts"]]
    file = tmp_path / "contacts.json"
    file.write_text(json.dumps({name: document[name] for name in order(list(document))}, indent=2))
    assert recognise(file) == ["onelane_contacts"]
    assert imported(sqlite_database, file).unchanged == 2
    file.write_text(json.dumps({**document, "version": 2}))
    assert recognise(file) == []


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_the_table_of_an_export_comes_back_into_an_empty_home_with_the_same_people(
    tmp_path: Path, sqlite_database: Database, delimiter: str
) -> None:
    ada_id = fill(sqlite_database)
    with sqlite_database.write() as session:
        for identity in identities.list_identities(session, ada_id):
            is_x = identity.platform is Platform.X
            identity.platform_url = "https://x.com/ada_ex" if is_x else "https://www.linkedin.com/in/ada-linkedin"
        contacts.create_contact(session, name="-Minus", phone="+44 20 1", rhythm_days=30, consent_basis="refused")
    text = text_of(sqlite_database, FileForm.CSV)
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    file = tmp_path / "contacts.csv"
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, delimiter=delimiter)
        writer.writerows([*rows, ["" if column != "name" else "Added by hand" for column in rows[0]]])
    assert recognise(file) == ["onelane_contacts"]
    assert imported(sqlite_database, file).added == 1
    other = Database(f"sqlite:///{tmp_path / 'other.db'}", clock=sqlite_database.clock)
    try:
        ensure_schema(other)
        outcome = imported(other, file)
        assert (outcome.added, outcome.bad, outcome.unread) == (3, [], [])
        assert [row for row in csv.reader(io.StringIO(text_of(other, FileForm.CSV).removeprefix("\ufeff"), newline=""))
                if row[0] != "Added by hand"] == rows  # fmt: skip
        assert imported(other, file).unchanged == 3
        assert {each["name"]: each["enrichment_score"] for each in document_of(other)["contacts"]} == {
            'Ada "Countess" Lovelace': 83, "-Minus": 23, "Added by hand": 15,
        }  # fmt: skip
    finally:
        other.close()


def test_a_spreadsheet_takes_no_cell_for_a_formula(sqlite_database: Database) -> None:
    fill(sqlite_database)
    text = text_of(sqlite_database, FileForm.CSV)
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    assert (row["company"], row["phone"], row["title"]) == ("'=Engines, Ltd", "+44 20 1234", "Analyst\nof engines")
    assert (row["tags"], row["all_emails"]) == ("first; 日本, tag", "ada@engines.test; ada@home.test")


def test_an_address_book_reads_the_cards(tmp_path: Path, sqlite_database: Database) -> None:
    fill(sqlite_database)
    file = tmp_path / "contacts.vcf"
    text = text_of(sqlite_database, FileForm.VCF)
    file.write_bytes(text.encode())
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    with Archive(file) as archive:
        (card,) = read_vcards(archive.members_named(r".*\.vcf")[0])
    assert isinstance(card, PersonRecord)
    assert (card.name, card.last_name, card.company) == (
        'Ada "Countess" Lovelace',
        "Lovelace; of Ockham",
        "=Engines, Ltd",
    )
    assert [email.normalized for email in card.emails] == ["ada@engines.test", "ada@home.test"]


def test_everything_holds_the_other_tables_and_no_password(sqlite_database: Database) -> None:
    fill(sqlite_database)
    with sqlite_database.write() as session:
        session.add(
            Account(
                id="acc",
                platform=Platform.GMAIL,
                display_name="Me",
                auth_type=AuthType.FILE,
                account_key="me",
                credentials_encrypted="sealed-secret",
                created_at=session.now(),
                updated_at=session.now(),
            )
        )
    text = text_of(sqlite_database, FileForm.JSON, everything=True)
    tables = json.loads(text)["tables"]
    assert [row["id"] for row in tables["platform_accounts"]] == ["acc"]
    assert {"workflow_runs", "workflow_steps", Suppression.__tablename__} <= tables.keys()
    assert "sealed-secret" not in text


def test_an_export_with_a_filter_holds_the_live_contacts_that_fit(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        made = [
            contacts.create_contact(session, name=f"Person {number}", tags='["fintech"]' if number % 2 else "[]")
            for number in range(6)
        ]
        made[1].archived_at = session.now()
        index_contacts(session, [each.id for each in made])
    with sqlite_database.read() as session:
        found = json.loads(b"".join(export_pieces(session, FileForm.JSON, where=ContactFilter(tag="fintech"))))
    assert (found["count"], [each["name"] for each in found["contacts"]]) == (2, ["Person 3", "Person 5"])
