"""The search index agrees with the tables, on both databases and whatever happens to them."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onelane.storage.database.engine import Database, Session
from onelane.storage.database.rows import table_of
from onelane.storage.people.contacts import Contact, FunnelStage
from onelane.storage.people.emails import ContactEmail
from onelane.storage.people.identities import Identity
from onelane.storage.platforms.accounts import Platform
from onelane.storage.schema import current_version, ensure_schema
from onelane.storage.search.contact_search import ContactQuery, index_contacts, search
from tests.databases import Clock, PostgresqlServer, database_at
from tests.proof import FULL
from tests.storage.older_databases import upgrade
from tests.storage.people import add, found

WORDS = st.sampled_from(
    ["ada", "Ada", "O'Neil", "Zoë", "zoe", "Søren", "Müller-Example", "示例公司", "愛川", "c++", "acme.com"]
) | st.sampled_from(["smith", "Smyth", "grace", "d'", "a", "B.", "İpek", "café", "42"])
TEXTS = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)
PERSON = st.fixed_dictionaries(
    {
        "name": TEXTS,
        "company": st.none() | TEXTS,
        "title": st.none() | TEXTS,
        "headline": st.none() | TEXTS,
        "bio": st.none() | TEXTS,
        "tags": st.lists(TEXTS, max_size=2).map(json.dumps),
        "email": st.none() | WORDS.map(lambda word: f"{word}@example.test"),
        "platform": st.none() | st.sampled_from(Platform),
        "funnel_stage": st.sampled_from(FunnelStage),
        "enrichment_score": st.integers(0, 100),
        "archived": st.booleans(),
        "handles": st.lists(WORDS, max_size=2),
    }
)
QUESTION = st.builds(
    ContactQuery,
    text=st.just("") | TEXTS | st.sampled_from(["grcae", "smoth", "ad", "exampel", "例", "neil ada"]),
    tags=st.lists(TEXTS, max_size=1),
    platform=st.none() | st.sampled_from(Platform),
    funnel_stage=st.none() | st.just(FunnelStage.PROSPECT),
    company=st.none() | WORDS,
    min_enrichment_score=st.sampled_from([0, 40]),
    max_enrichment_score=st.sampled_from([100, 80]),
    has_email=st.none() | st.booleans(),
    archived=st.booleans(),
    limit=st.sampled_from([2, 100]),
)


@settings(
    max_examples=60 if FULL else 25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(people=st.lists(PERSON, max_size=8), questions=st.lists(QUESTION, min_size=1, max_size=8))
def test_both_databases_find_the_same(
    sqlite_database: Database,
    postgresql_database: Database,
    people: list[dict[str, Any]],
    questions: list[ContactQuery],
) -> None:
    for database in (sqlite_database, postgresql_database):
        with database.write() as session:
            session.sql(sa.delete(table_of(Contact)))
            ids = [put(session, f"con_{number}", person) for number, person in enumerate(people)]
            index_contacts(session, ids)
    for question in questions:
        answers = [answer_of(database, question) for database in (sqlite_database, postgresql_database)]
        assert answers[0] == answers[1], question


@settings(
    max_examples=40 if FULL else 15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(st.tuples(st.integers(0, 4), st.none() | PERSON), max_size=12), question=QUESTION)
def test_after_any_changes_the_index_is_what_a_new_one_would_be(
    sqlite_database: Database, steps: list[tuple[int, dict[str, Any] | None]], question: ContactQuery
) -> None:
    with sqlite_database.write() as session:
        session.sql(sa.delete(table_of(Contact)))
    for number, person in steps:
        with sqlite_database.write() as session:
            remove_or_replace(session, f"con_{number}", person)
    changed = answer_of(sqlite_database, question)
    with sqlite_database.write() as session:
        # It raises when a document was taken out by other words than it was put in by.
        session.sql(sa.text("INSERT INTO contact_words (contact_words) VALUES ('integrity-check')"))
        documents, places = (
            session.sql(sa.text(f"SELECT count(*) FROM {table}")).scalar_one()
            for table in ("contact_words", "contact_search")
        )
        ids = list(session.sql(sa.text("SELECT contact_id FROM contact_search ORDER BY number")).scalars())
        session.sql(sa.text("DELETE FROM contact_search"))
        for contact_id in ids:
            index_contacts(session, [contact_id])
    assert documents == places == len(ids)
    assert answer_of(sqlite_database, question) == changed


def test_a_vacuum_changes_nothing(sqlite_database: Database) -> None:
    one, *_ = add(sqlite_database, "Ada One", "Ada Two", "Ada Three")
    with sqlite_database.write() as session:
        session.sql(sa.delete(table_of(Contact)).where(table_of(Contact).c.id == one))
    with closing(sqlite3.connect(sqlite_database.path or "")) as connection:
        connection.execute("VACUUM").close()
    add(sqlite_database, "Ada Four")
    assert found(sqlite_database, "ada") == ["Ada Four", "Ada Three", "Ada Two"]


def test_contacts_of_a_database_from_before_there_was_an_index_are_found(
    tmp_path: Path, postgresql: PostgresqlServer, clock: Clock
) -> None:
    for url in (f"sqlite:///{tmp_path}/old.db", postgresql.new_database(migrated=False)):
        with closing(database_at(url, clock)) as database:
            upgrade(database, "0001")
            with database.write() as session:
                put(session, "con_1", {"name": "Grace Sample", "handles": ["gsample"]})
            assert current_version(database) == "0001"
            ensure_schema(database)
            assert found(database, "gsample") == found(database, "Smaple") == ["Grace Sample"]


def test_ten_thousand_contacts_are_indexed_at_once(database: Database) -> None:
    with database.write() as session:
        people = [{"id": f"con_{number:06}", "name": f"Person Number{number}"} for number in range(10_000)]
        session.sql(sa.insert(table_of(Contact)), people)
        index_contacts(session, [person["id"] for person in people])
    assert found(database, "number9999") == ["Person Number9999"]
    assert found(database, "numebr9999")[0] == "Person Number9999"


def answer_of(database: Database, question: ContactQuery) -> list[object]:
    with database.read() as session:
        page = search(session, question)
    return [[(row["id"], row["matched_by"]) for row in page.rows], page.total, page.next_cursor is None]


def put(session: Session, contact_id: str, person: dict[str, Any]) -> str:
    """Insert a person with the rows around it; the id."""
    values = {name: value for name, value in person.items() if name not in ("archived", "handles")}
    archived_at = session.now() if person.get("archived") else None
    session.sql(sa.insert(table_of(Contact)), {"id": contact_id, "archived_at": archived_at, **values})
    for number, handle in enumerate(person["handles"]):
        known = {"id": f"{contact_id}_{number}", "contact_id": contact_id, "platform": "x", "platform_handle": handle}
        session.sql(sa.insert(table_of(Identity)), {**known, "platform_user_id": known["id"]})
    if person.get("email"):
        address = {"id": contact_id, "contact_id": contact_id, "address": person["email"], "source": "test"}
        session.sql(sa.insert(table_of(ContactEmail)), {**address, "normalized": person["email"].lower()})
    return contact_id


def remove_or_replace(session: Session, contact_id: str, person: dict[str, Any] | None) -> None:
    is_known = sa.exists().where(table_of(Contact).c.id == contact_id)
    if person is None or not session.sql(sa.select(is_known)).scalar_one():
        session.sql(sa.delete(table_of(Contact)).where(table_of(Contact).c.id == contact_id))
        if person is not None:
            put(session, contact_id, person)
    else:
        session.sql(sa.delete(table_of(Identity)).where(table_of(Identity).c.contact_id == contact_id))
        values = {name: value for name, value in person.items() if name not in ("archived", "handles")}
        values["archived_at"] = session.now() if person["archived"] else None
        session.sql(sa.update(table_of(Contact)).where(table_of(Contact).c.id == contact_id).values(values))
    index_contacts(session, [contact_id])
