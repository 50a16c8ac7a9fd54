"""Index contacts for search: their documents, their places, and the words of their names."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

INSTANT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "contact_search",
        sa.Column("number", INSTANT, sa.Identity(), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("is_archived", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("contact_id"),
    )
    op.create_table(
        "contact_name_keys",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", "length", "word"),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "sqlite":
        keep_documents_in_sqlite()
    else:
        keep_documents_in_postgresql()


def keep_documents_in_sqlite() -> None:
    # Words are split beforehand, so that `ascii`, which leaves all letters beyond ASCII alone, is enough. Where in a
    # column a word stands is not kept: nobody asks for it, and a third of the index would be that.
    op.execute(
        "CREATE VIRTUAL TABLE contact_words USING fts5("
        "name, company, details, notes, tokenize='ascii', detail=column, columnsize=0)"
    )
    op.execute(
        "CREATE TRIGGER trg_contact_words_delete AFTER DELETE ON contact_search BEGIN "
        "DELETE FROM contact_words WHERE rowid = "
        "CASE WHEN OLD.is_archived THEN -1 ELSE 1 END * (OLD.score * 1099511627776 + OLD.number); END"
    )


def keep_documents_in_postgresql() -> None:
    op.execute(
        "CREATE TABLE contact_words ("
        "number BIGINT PRIMARY KEY REFERENCES contact_search ON DELETE CASCADE, words TSVECTOR NOT NULL)"
    )
    op.execute("CREATE INDEX ix_contact_words ON contact_words USING gin (words)")
