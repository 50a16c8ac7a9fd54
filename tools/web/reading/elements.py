"""HTML elements: lxml's, with types, for it ships none. Import it where it is used: it brings lxml."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any, Protocol, cast

_etree: Any = import_module("lxml.etree")
_html: Any = import_module("lxml.html")

# What parsers of other people's make of hostile pages. A syntax that is broken does not take the others with it.
BROKEN: tuple[type[Exception], ...] = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    _etree.LxmlError,
)


class Element(Protocol):
    """An element of a page, as far as we use it."""

    @property
    def tag(self) -> str:
        """What it is called."""
        ...

    @property
    def attrib(self) -> dict[str, str]:
        """Its attributes; may be changed."""
        ...

    def get(self, name: str, /) -> str | None:
        """An attribute."""
        ...

    def find(self, path: str, /) -> "Element | None":
        """The first element at this path."""
        ...

    def iterfind(self, path: str, /) -> "Iterator[Element]":
        """All elements at this path, in order."""
        ...

    def iter(self, *tags: str) -> "Iterator[Element]":
        """It and what is in it, in order."""
        ...

    def iterchildren(self, *, reversed: bool = False) -> "Iterator[Element]":  # noqa: A002 - lxml calls it so
        """What is in it and in nothing else that is in it, in order."""
        ...

    def iterdescendants(self) -> "Iterator[Element]":
        """What is in it, in order."""
        ...

    def text_content(self) -> str:
        """All text in it."""
        ...

    def drop_tree(self) -> None:
        """Take it out of its page."""
        ...


def parse_document(html: str) -> Element:
    """The root of a document; of an empty one when nothing can be made of it."""
    try:
        # As bytes, since a declaration of another character set in the text would be believed.
        return _parse_bytes(html.encode("utf-8", errors="replace"))
    except (_etree.LxmlError, ValueError):
        return _parse_bytes(b"<html></html>")


def source(element: Element) -> str:
    """The HTML of an element."""
    return str(_etree.tostring(element, encoding="unicode", method="html", with_tail=False))


def _parse_bytes(html: bytes) -> Element:
    return cast("Element", _html.document_fromstring(html, parser=_html.HTMLParser(encoding="utf-8")))
