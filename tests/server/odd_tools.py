"""Tools that no product has: one that breaks, some that say too much."""

import errno
from collections.abc import Sequence
from typing import ClassVar

from onelane.storage.database.engine import DatabaseUnavailable
from onelane.tools.registry.context import Context
from onelane.tools.registry.result import ListItem, PageResult, Result
from onelane.tools.registry.tool_spec import Effect, tool


class Line(ListItem):
    """A line of a list."""

    words: str

    def text(self) -> str:
        """The line."""
        return f"{self.id}\t{self.words}"


class Lines(PageResult[Line]):
    """A page of lines."""

    noun: ClassVar[str] = "lines"


class Book(Result):
    """Much of everything."""

    title: str
    chapters: Sequence[str]

    def text(self) -> str:
        """All of it."""
        return "\n".join([self.title, *self.chapters])


@tool(effect=Effect.READ, toolset="odd", title="Break")
def break_down(ctx: Context) -> Result:
    """Fail in a way that nobody has foreseen."""
    raise RuntimeError("the password is hunter2")


@tool(effect=Effect.READ, toolset="odd", title="Lock out")
def lock_out(ctx: Context) -> Result:
    """Find the database closed."""
    raise DatabaseUnavailable("The disk is full. Free some space and try again.")


@tool(effect=Effect.READ, toolset="odd", title="Fill up")
def fill_up(ctx: Context) -> Result:
    """Find no room for a file."""
    raise OSError(errno.ENOSPC, "No space left on device")


@tool(effect=Effect.READ, toolset="odd", title="List lines")
def list_lines(ctx: Context, count: int, length: int = 100, cursor: str | None = None) -> Lines:
    """List lines of a length.

    Args:
        count: how many there are
        length: characters of each
        cursor: `next_cursor` of the page before
    """
    numbers = range(0 if cursor is None else int(cursor) + 1, count)
    return Lines(data=[Line(id=str(number), words="x" * length) for number in numbers], total=count)


@tool(effect=Effect.READ, toolset="odd", title="Read a book")
def read_book(ctx: Context, chapters: int, length: int) -> Book:
    """Read all of a book.

    Args:
        chapters: how many it has
        length: characters of each
    """
    return Book(title="Small talk", chapters=["y" * length] * chapters)


@tool(effect=Effect.SEND, toolset="odd", title="Shout")
def shout(ctx: Context, words: list[str]) -> Book:
    """Say something to everybody.

    Args:
        words: what to say
    """
    return Book(title="Shouted", chapters=words)
