"""The texts in a document. Import it where it is used: it brings lxml and trafilatura."""

import logging
from typing import Any

import html_text as untyped_html_text
import trafilatura

from onelane.tools.web.reading.elements import BROKEN, Element, parse_document

# It warns of each page that has no article, which is nothing for anybody's log.
logging.getLogger("trafilatura").setLevel(logging.ERROR)

_html_text: Any = untyped_html_text
_LARGE = 200_000
"""From here on one way of looking for the main text must do."""
_FURNITURE = ("head", "menu", "nav", "dialog", "select", "button")


def title(tree: Element) -> str:
    """What the document is called: its title, else its first heading."""
    for place in (".//head/title", ".//title", ".//h1"):
        element = tree.find(place)
        if element is not None and (text := element.text_content().strip()):
            return text
    return ""


def meta(tree: Element, name: str) -> str:
    """What the document says under this name."""
    for element in tree.iter("meta"):
        if (element.get("name") or element.get("property") or "").lower() == name:
            return element.get("content") or ""
    return ""


def article_text(html: str) -> str:
    """The document's main text, without menus and notices; empty when it has none that stands out."""
    try:
        text = trafilatura.extract(html, include_comments=False, fast=len(html) > _LARGE)
    except BROKEN:
        return ""
    return text or ""


def all_text(html: str) -> str:
    """Everything that is written in the document, menus excepted."""
    tree = parse_document(html)
    try:
        for element in list(tree.iter(*_FURNITURE)):
            element.drop_tree()
        return element_text(tree)
    except BROKEN:
        return ""


def element_text(element: Element) -> str:
    """The text of an element, in lines."""
    return str(_html_text.etree_to_text(element))
