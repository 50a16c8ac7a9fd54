"""Drop the checks of vocabularies that grow: a new platform, type of run or type of step then changes no table."""

import re

from alembic import op

revision = "0004"
down_revision = "0003"

OPEN = {
    "contacts": ["platform"],
    "platform_accounts": ["platform"],
    "contact_identities": ["platform"],
    "engagements": ["platform"],
    "workflow_templates": ["platform", "template_type"],
    "workflow_template_steps": ["step_type"],
    "workflow_runs": ["workflow_type"],
    "workflow_steps": ["step_type"],
}


def upgrade() -> None:
    drop = drop_in_sqlite if op.get_bind().dialect.name == "sqlite" else drop_in_postgresql
    for table, columns in OPEN.items():
        drop(table, [f"ck_{table}_{column}" for column in columns])


def drop_in_postgresql(table: str, checks: list[str]) -> None:
    for check in checks:
        op.drop_constraint(check, table, type_="check")


def drop_in_sqlite(table: str, checks: list[str]) -> None:
    # Alembic's batch would make the table anew from what it reads of it, and lose the triggers. The table's own text,
    # less the checks, loses nothing. Source: https://www.sqlite.org/lang_altertable.html#otheralter
    made = {(kind, name): sql for kind, name, sql in objects_of(table)}
    statement = made.pop(("table", table))
    for check in checks:
        statement, count = re.subn(rf",\s*CONSTRAINT {check} CHECK \(\w+ IN \([^()]*\)\)", "", statement)
        if count != 1:
            raise RuntimeError(f"{check} is not where it was made")
    op.execute(statement.replace(f"CREATE TABLE {table}", f"CREATE TABLE new_{table}", 1))
    op.execute(f"INSERT INTO new_{table} SELECT * FROM {table}")  # noqa: S608 - names that stand above
    op.execute(f"DROP TABLE {table}")
    op.execute(f"ALTER TABLE new_{table} RENAME TO {table}")
    for sql in made.values():
        op.execute(sql)


def objects_of(table: str) -> list[tuple[str, str, str]]:
    """The table, its indexes and its triggers, as they were made; what SQLite made by itself has no text."""
    found = op.get_bind().exec_driver_sql(
        "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL", (table,)
    )
    return [(kind, name, sql) for kind, name, sql in found]
