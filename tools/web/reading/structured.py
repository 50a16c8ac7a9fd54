"""What a page says to programs: JSON-LD, microdata, microformats and OpenGraph, each read by itself.

Import it where it is used: it brings lxml.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, cast

from onelane.tools.registry.json_depth import check_depth
from onelane.tools.registry.ports.cleaning import seen_line
from onelane.tools.web.reading.elements import BROKEN, Element, source
from onelane.tools.web.reading.structured_limits import bounded

Items = Sequence[Mapping[str, Any]]

_MOST_SCOPES = 300
_MOST_PROPERTIES = 1_500
_MOST_REFERENCES = 20
_MOST_NODES = 30_000
_MOST_ROOTS = 60
_LONGEST_ROOT = 100_000
_MOST_OPENGRAPH = 60
_LONGEST_VALUE = 1_000
_LONGEST_NAME = 60

_ROOTS = re.compile(
    r"(?:^|\s)(?:h-(?:card|entry|event|feed|adr|resume|org|product|review)|vcard|hentry|vevent|hresume)(?=\s|$)"
)
_OPENGRAPH = re.compile(r"(?:og|article|profile|book|music|video|twitter|product):")


def json_ld(scripts: Iterable[str]) -> Items:
    """The objects of a page's JSON-LD, `@graph` opened up.

    Args:
        scripts: their texts
    """
    return bounded(item for script in scripts for item in _tried(lambda text=script: _parsed(text)))


def microdata(tree: Element, url: str) -> Items:
    """The page's items of microdata. The tree loses what would take too long."""
    if not any(True for _ in islice(tree.iterfind(".//*[@itemscope]"), 1)):
        return ()
    _thin_out(tree)

    def read() -> Iterable[object]:
        from extruct.w3cmicrodata import MicrodataExtractor

        return cast("list[object]", MicrodataExtractor().extract_items(tree, url))  # pyright: ignore[reportUnknownMemberType] - no types there

    return bounded(_tried(read))


def microformats(tree: Element, url: str) -> Items:
    """The page's microformats, old and new."""
    roots = "".join(_root_texts(tree))
    if not roots:
        return ()

    def read() -> Iterable[object]:
        from extruct.microformat import MicroformatExtractor

        return cast("list[object]", MicroformatExtractor().extract(f"<body>{roots}</body>", base_url=url))  # pyright: ignore[reportUnknownMemberType] - no types there

    return bounded(_tried(read))


def opengraph(tree: Element) -> Mapping[str, str]:
    """What the page says of itself to those who show a card of it; of several values the first."""
    found: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = (meta.get("property") or meta.get("name") or "").strip().lower()
        value = seen_line(meta.get("content") or "", _LONGEST_VALUE)
        if value and len(name) <= _LONGEST_NAME and _OPENGRAPH.match(name) and len(found) < _MOST_OPENGRAPH:
            found.setdefault(seen_line(name, _LONGEST_NAME), value)
    return found


def _tried(read: Callable[[], Iterable[object]]) -> list[object]:
    try:
        return list(read())
    except BROKEN:
        return []


def _parsed(script: str) -> list[object]:
    check_depth(script)
    try:
        return [json.loads(script.strip().rstrip(";"), strict=False)]
    except ValueError:
        # Comments and commas too many; extruct knows what people write.
        import jstyleson

        bare = re.sub(r"^\s*(?:<!--|<!\[CDATA\[|//[^\n]*)|(?:-->|\]\]>)\s*$", "", script)
        return [cast("object", jstyleson.loads(bare, strict=False))]  # pyright: ignore[reportUnknownMemberType] - no types there


def _thin_out(tree: Element) -> None:
    """Take away what makes the time of reading microdata grow with the square of the page."""
    _keep_first(tree, "itemref", _MOST_REFERENCES)
    _keep_first(tree, "itemscope", _MOST_SCOPES)
    _keep_first(tree, "itemprop", _MOST_PROPERTIES)
    # The text of a property is all that is in it, and properties stand in properties, items in items.
    nodes = 0
    for element in [element for element in tree.iter() if {"itemscope", "itemprop"} & set(element.attrib)]:
        if nodes <= _MOST_NODES:
            nodes += sum(1 for _ in islice(element.iter(), _MOST_NODES))
        if nodes > _MOST_NODES:
            element.attrib.pop("itemscope", None)
            element.attrib.pop("itemprop", None)


def _keep_first(tree: Element, attribute: str, count: int) -> None:
    for element in list(tree.iterfind(f".//*[@{attribute}]"))[count:]:
        del element.attrib[attribute]


def _root_texts(tree: Element) -> Iterable[str]:
    taken = 0
    skipped: set[Element] = set()
    for element in tree.iterfind(".//*[@class]"):
        if taken >= _MOST_ROOTS or element in skipped or _ROOTS.search(element.get("class") or "") is None:
            continue
        text = source(element)
        if len(text) > _LONGEST_ROOT:
            continue  # the whole page is one feed; what stands in it comes by itself
        taken += 1
        skipped.update(element.iterdescendants())
        yield text
