"""The column types that the tables share: instants, vocabularies and JSON text (docs/storage.md, "Columns")."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self, cast

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from onelane.storage.database.engine import DatabaseUnavailable


class Vocabulary(StrEnum):
    """A list of words; each member knows how people see it: its label, icon and category."""

    label: str
    icon: str
    category: str

    def __new__(cls, value: str, label: str = "", icon: str = "", category: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label or value.replace("_", " ").capitalize()
        member.icon = icon
        member.category = category
        return member


class unix_now(FunctionElement[int]):  # noqa: N801 - it reads as the SQL function that it is
    """The database's own clock in Unix seconds, for column defaults."""

    type = sa.BigInteger()
    inherit_cache = True


@compiles(unix_now)
def _unix_now(element: unix_now, compiler: SQLCompiler, **options: Any) -> str:
    return "(CAST(strftime('%s', 'now') AS INTEGER))"  # unixepoch() needs SQLite 3.38


@compiles(unix_now, "postgresql")
def _unix_now_postgresql(element: unix_now, compiler: SQLCompiler, **options: Any) -> str:
    return "(CAST(EXTRACT(EPOCH FROM now()) AS BIGINT))"


class UnixTime(sa.types.TypeDecorator[datetime]):
    """An aware datetime in Python, whole Unix seconds in the database (docs/storage.md, "Columns")."""

    impl = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    cache_ok = True

    def process_bind_param(self, value: datetime | int | None, dialect: Dialect) -> int | None:
        return int(value.timestamp()) if isinstance(value, datetime) else value

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value, UTC)


def time_column(*, defaults_to_now: bool = False, nullable: bool = True) -> sa.Column[datetime]:
    """An instant. With `defaults_to_now` it is never null and the database fills it."""
    if defaults_to_now:
        return sa.Column(UnixTime(), nullable=False, server_default=unix_now())
    return sa.Column(UnixTime(), nullable=nullable)


class UnknownWord(DatabaseUnavailable):
    """A row holds a word that this version does not know; the message says which, and what to do."""

    def __init__(self, word: str, vocabulary: str) -> None:
        super().__init__(
            f"The database holds a word that this version of Onelane does not know: {word!r} ({vocabulary}). "
            "A newer version wrote it; install that one. Nothing was changed."
        )


class VocabularyType(sa.Enum):
    """One word of a vocabulary: TEXT on both databases, with a CHECK if closed (docs/storage.md, "Columns")."""

    inherit_cache = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[..., Any]:
        """Read a word; UnknownWord when the vocabulary does not have it."""
        read = cast("Callable[[Any], Any]", super().result_processor(dialect, coltype))
        vocabulary = "" if self.enum_class is None else self.enum_class.__name__

        def read_word(value: Any) -> Any:
            try:
                return read(value)
            except LookupError as error:
                raise UnknownWord(value, vocabulary) from error

        return read_word


@compiles(VocabularyType)
def _word(element: VocabularyType, compiler: Any, **options: Any) -> str:
    return "TEXT"


def enum_column(
    vocabulary: type[Vocabulary], *, name: str, default: Vocabulary | None = None, nullable: bool = False
) -> sa.Column[Any]:
    """A word of a closed vocabulary, kept as text with a CHECK constraint called `name`."""
    kind = VocabularyType(
        vocabulary,
        name=name,
        native_enum=False,
        create_constraint=True,
        values_callable=_values,
    )
    server_default = None if default is None else sa.text(f"'{default.value}'")
    return sa.Column(kind, nullable=nullable, server_default=server_default)


def word_column(vocabulary: type[Vocabulary], *, nullable: bool = False) -> sa.Column[Any]:
    """A word of an open vocabulary, kept as text that no constraint checks, so that a new word changes no table."""
    kind = VocabularyType(vocabulary, native_enum=False, create_constraint=False, values_callable=_values)
    return sa.Column(kind, nullable=nullable)


def _values(vocabulary: type[Vocabulary]) -> list[str]:
    return [word.value for word in vocabulary]


def difference_column(end: str, start: str) -> sa.Column[int]:
    """The seconds between two instants of the row, which the database reckons."""
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(kind, sa.Computed(f"{end} - {start}"), nullable=True)


def json_column(empty: str = "{}") -> sa.Column[str]:
    """JSON kept as text; `empty` is what a row has that was given nothing: `{}` or `[]`."""
    return sa.Column(sa.Text(), nullable=False, server_default=sa.text(f"'{empty}'"))


def count_column() -> sa.Column[int]:
    """A whole number that starts at 0."""
    return sa.Column(sa.Integer(), nullable=False, server_default=sa.text("0"))


def large_count_column() -> sa.Column[int]:
    """A whole number that starts at 0 and may pass two thousand million."""
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(kind, nullable=False, server_default=sa.text("0"))


def flag_column(*, default: bool) -> sa.Column[bool]:
    """A yes or no."""
    return sa.Column(sa.Boolean(), nullable=False, server_default=sa.true() if default else sa.false())


def dollars_column() -> sa.Column[float | None]:
    """US dollars; null when a price is not known, for unknown is never 0."""
    kind: sa.types.TypeEngine[float] = sa.REAL[float]().with_variant(sa.Double[float](), "postgresql")
    return sa.Column(kind, nullable=True, server_default=sa.text("0"))
