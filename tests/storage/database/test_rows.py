"""Rows by the thousand."""

import pytest
import sqlalchemy as sa

from onelane.storage import metadata
from onelane.storage.database.engine import Database
from onelane.storage.database.rows import (
    Row,
    among,
    among_given,
    dialect_of,
    each,
    given_keys,
    insert_rows,
    insert_sparse_rows,
    new_row,
    read_rows,
    table_of,
    update_rows,
)
from onelane.storage.people.contacts import Contact

CONTACTS = table_of(Contact)
COLUMNS = ("id", "name", "company", "is_self", "created_at", "updated_at")


def test_rows_are_written_changed_and_found_by_their_keys(database: Database) -> None:
    with database.write() as session:
        ids = session.new_ids("con", 2500)
        insert_rows(session, Contact, COLUMNS, [(key, f"Ada {key}", None, False, 5, 5) for key in ids])
        update_rows(session, Contact, ("company", "updated_at"), [("Engines", 6, key) for key in ids[:3]])
    with database.read() as session:
        query = sa.select(CONTACTS.c.id).where(among(session, CONTACTS.c.id, [*ids[2:], "nobody"]))
        assert {row[0] for row in read_rows(session, query)} == set(ids[2:])
        changed = sa.select(CONTACTS.c.id).where(CONTACTS.c.company == "Engines").order_by(CONTACTS.c.id)
        assert [row[0] for row in read_rows(session, changed)] == ids[:3]


@pytest.mark.parametrize("kind", metadata.SPECIFIED, ids=lambda kind: kind.__tablename__)
def test_a_new_row_is_what_its_class_makes(kind: type[Row]) -> None:
    given = {name: "x" for name, field in kind.model_fields.items() if field.is_required()}
    row, made = new_row(kind, **given), kind(**given)
    assert [getattr(row, name) for name in kind.model_fields] == [getattr(made, name) for name in kind.model_fields]


def test_a_statement_that_is_kept_finds_rows_by_the_keys_of_each_time(database: Database) -> None:
    with database.write() as session:
        insert_rows(session, Contact, COLUMNS, [(key, "Ada", None, False, 5, 5) for key in ("a", "b", "it's {c}")])
        kept = sa.select(CONTACTS.c.id).where(among_given(dialect_of(session), CONTACTS.c.id)).order_by(CONTACTS.c.id)
        found = [
            list(session.sql(kept, given_keys(session, keys)).scalars()) for keys in (["b", "it's {c}"], [], ["a"])
        ]
    assert found == [["b", "it's {c}"], [], ["a"]]


def test_keys_may_hold_any_text(database: Database) -> None:
    keys = ["plain", "it's", 'say "hi"', "back\\slash", "{a,b}", "", "Zoë 🚀", "new\nline", "100%", ":name"]
    with database.read() as session:
        assert sorted(session.sql(sa.select(each(session, keys))).scalars()) == sorted(keys)
        assert list(session.sql(sa.select(each(session, []))).scalars()) == []


def test_columns_in_which_nothing_stands_get_their_defaults(database: Database) -> None:
    with database.write() as session:
        insert_sparse_rows(session, Contact, (*COLUMNS, "tags"), [("a", "Ada", None, False, 5, 5, None)])
        insert_sparse_rows(session, Contact, COLUMNS, [])
    with database.read() as session:
        (ada,) = session.sql(sa.select(CONTACTS)).mappings()
        assert (ada["company"], ada["is_self"], ada["tags"]) == (None, False, "[]")


def test_a_row_that_is_there_already_can_be_passed_over(database: Database) -> None:
    with database.write() as session:
        for name in ("Ada", "Another"):
            insert_rows(session, Contact, COLUMNS, [("a", name, None, False, 5, 5)], pass_over_doubles=True)
    with database.read() as session:
        assert list(session.sql(sa.select(CONTACTS.c.name)).scalars()) == ["Ada"]


def test_many_ids_are_those_that_would_have_been_made_one_by_one(database: Database) -> None:
    with database.read() as session:
        before, many, after = session.new_id("con"), session.new_ids("con", 3000), session.new_id("con")
    assert [before, *many, after] == sorted({before, *many, after})
    assert {len(one) for one in many} == {len(before)}
