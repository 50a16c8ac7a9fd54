"""The tables are those of the specification, on both databases."""

import importlib
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import IntegrityError

import onelane.storage
from onelane.storage import metadata, schema
from onelane.storage.database.engine import Database
from onelane.storage.database.rows import Row, table_of
from tests.storage.filled_rows import insert_least
from tests.storage.specified import FUNCTIONS, NOW, SPELT_OUT, TABLES

MIGRATIONS = Path(onelane.storage.__path__[0]) / "migrations"


def test_the_fifteen_tables_of_the_specification_are_there(database: Database) -> None:
    assert set(TABLES) <= set(sa.inspect(database.engine).get_table_names())
    assert tuple(row.__tablename__ for row in metadata.SPECIFIED) == TABLES


@pytest.mark.parametrize("name", SPELT_OUT)
def test_a_table_has_the_columns_that_the_specification_spells_out(database: Database, name: str) -> None:
    found = {column["name"]: column for column in sa.inspect(database.engine).get_columns(name)}
    for column_name, specified in SPELT_OUT[name].columns.items():
        assert _family(found[column_name]["type"]) == specified.type, column_name
        if specified.is_null_refused:
            assert not found[column_name]["nullable"], column_name
        elif specified.default is None and specified.on_delete != "CASCADE":
            assert found[column_name]["nullable"], column_name


@pytest.mark.parametrize("name", SPELT_OUT)
def test_a_row_that_says_nothing_gets_the_specified_defaults(database: Database, name: str) -> None:
    table = metadata.METADATA.tables[name]
    with database.write() as session:
        insert_least(session, table)
        row = session.sql(sa.text(f"SELECT * FROM {name} WHERE id = 'id_1'")).mappings().one()
    for column, specified in SPELT_OUT[name].columns.items():
        if specified.default == NOW:
            assert abs(row[column] - datetime.now().astimezone().timestamp()) < 60
        elif specified.default is not None:
            assert row[column] == specified.default


@pytest.mark.parametrize("name", SPELT_OUT)
def test_a_table_refers_to_what_the_specification_says_and_goes_with_it_or_outlives_it(
    database: Database, name: str
) -> None:
    found = {
        key["constrained_columns"][0]: (key["referred_table"], key.get("options", {}).get("ondelete"))
        for key in sa.inspect(database.engine).get_foreign_keys(name)
    }
    specified = {
        column: (wanted.refers_to, wanted.on_delete)
        for column, wanted in SPELT_OUT[name].columns.items()
        if wanted.refers_to
    }
    assert specified.items() <= found.items()


@pytest.mark.parametrize("name", SPELT_OUT)
def test_a_table_has_the_indexes_that_the_specification_names(database: Database, name: str) -> None:
    found = {index["name"]: index["column_names"] for index in sa.inspect(database.engine).get_indexes(name)}
    assert SPELT_OUT[name].indexes.items() <= found.items()


@pytest.mark.parametrize("name", SPELT_OUT)
def test_the_words_of_a_column_are_those_of_the_specification(name: str) -> None:
    found = {column: _words_of(metadata.METADATA.tables[name].c[column]) for column in SPELT_OUT[name].columns}
    assert found == {column: list(specified.words) for column, specified in SPELT_OUT[name].columns.items()}


@pytest.mark.parametrize("row", [*metadata.SPECIFIED, *metadata.ADDED], ids=lambda row: row.__tablename__)
def test_a_word_outside_its_closed_vocabulary_is_refused_and_every_word_in_it_is_taken(
    database: Database, row: type[Row]
) -> None:
    table = table_of(row)
    worded = [column for column in table.columns if _words_of(column)]
    with database.write() as session:
        key = insert_least(session, table)
        where = " AND ".join(f"{name} = :{name}" for name in key)
        for column in worded:
            change = sa.text(f"UPDATE {table.name} SET {column.name} = :word WHERE {where}")
            for word in _words_of(column):
                session.sql(change, {"word": word, **key})
            if not _is_closed(column):
                continue
            with pytest.raises(IntegrityError, match=re.escape(_check_of(column))), session.begin_nested():
                session.sql(change, {"word": "nonsense", **key})


def test_a_check_knows_the_words_of_its_vocabulary_and_no_others(database: Database) -> None:
    inspector = sa.inspect(database.engine)
    for table in metadata.METADATA.tables.values():
        checks = {check["name"]: check["sqltext"] for check in inspector.get_check_constraints(table.name)}
        for column in table.columns:
            if _is_closed(column) and (words := _words_of(column)):
                quoted = re.findall(r"'((?:[^']|'')*)'", checks[_check_of(column)])
                assert sorted(quoted) == sorted(words), f"{table.name}.{column.name}"


def test_migrations_and_models_agree(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": metadata.is_modelled}
        )
        assert compare_metadata(context, metadata.METADATA) == []


def test_the_version_that_starting_looks_for_is_the_newest_migration() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == schema.HEAD


def test_the_functions_of_the_specification_are_where_their_noun_is() -> None:
    for module, names in FUNCTIONS.items():
        functions = vars(importlib.import_module(f"onelane.storage.workflows.{module}"))
        assert [name for name in names if not callable(functions.get(name))] == []


def _family(kind: sa.types.TypeEngine[Any]) -> str:
    families = {"text": sa.String, "integer": sa.Integer, "real": sa.Float}
    return next(name for name, family in families.items() if isinstance(kind, family))


def _words_of(column: sa.Column[Any]) -> list[str]:
    return list(column.type.enums) if isinstance(column.type, sa.Enum) else []


def _is_closed(column: sa.Column[Any]) -> bool:
    return isinstance(column.type, sa.Enum) and column.type.create_constraint


def _check_of(column: sa.Column[Any]) -> str:
    assert isinstance(column.type, sa.Enum)
    return str(column.type.name)
