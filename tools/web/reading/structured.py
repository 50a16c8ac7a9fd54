"""What a page says to programs: JSON-LD, microdata, microformats and OpenGraph, each read by itself.

Import it where it is used: it brings lxml.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any, cast
from urllib.parse import urljoin

from onelane.tools.registry.json_depth import check_depth
from onelane.tools.registry.ports.text_cleanup import seen_line
from onelane.tools.web.reading.documents import element_text
from onelane.tools.web.reading.elements import BROKEN, Element, source
from onelane.tools.web.reading.structured_limits import limit_items

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
# Where the value of a property of microdata stands, if not in the text of its element.
_VALUES = {"meta": "content", "data": "value", "meter": "value", "time": "datetime"}
_ADDRESSES = {
    **dict.fromkeys(("a", "area", "link"), "href"),
    **dict.fromkeys(("audio", "embed", "iframe", "img", "source", "track", "video"), "src"),
    "object": "data",
}

_ROOTS = re.compile(
    r"(?:^|\s)(?:h-(?:card|entry|event|feed|adr|resume|org|product|review)|vcard|hentry|vevent|hresume)(?=\s|$)"
)
# What JSON may not have and people write. Texts are matched so that nothing in them is; what has no end, to the end.
_COMMENT = re.compile(r'("(?:[^"\\]|\\.)*+"?)|//[^\n]*+|/\*.*?(?:\*/|\Z)', re.DOTALL)
_LAST_COMMA = re.compile(r'("(?:[^"\\]|\\.)*+"?)|,(?=\s*+[]}])', re.DOTALL)
_OPENGRAPH = re.compile(r"(?:og|article|profile|book|music|video|twitter|product):")


def json_ld(scripts: Iterable[str]) -> Items:
    """The objects of a page's JSON-LD, `@graph` opened up.

    Args:
        scripts: their texts
    """
    return limit_items(item for script in scripts for item in _try(lambda text=script: _parse(text)))


def microdata(tree: Element, url: str) -> Items:
    """The page's items of microdata. The tree loses what would take too long."""
    if "itemscope" not in tree.attrib and tree.find(".//*[@itemscope]") is None:
        return ()
    _thin_out(tree)

    return limit_items(_try(_Microdata(tree, url).items))


def microformats(tree: Element, url: str) -> Items:
    """The page's microformats, old and new."""
    roots = "".join(_root_texts(tree))
    if not roots:
        return ()

    def parse_roots() -> Iterable[object]:
        import mf2py

        parse = cast("Callable[..., Any]", mf2py.parse)  # pyright: ignore[reportUnknownMemberType] - no types there
        return cast("list[object]", parse(f"<body>{roots}</body>", url=url, html_parser="lxml")["items"])

    return limit_items(_try(parse_roots))


def opengraph(tree: Element) -> Mapping[str, str]:
    """What the page says of itself to those who show a card of it; of several values the first."""
    properties: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = (meta.get("property") or meta.get("name") or "").strip().lower()
        value = seen_line(meta.get("content") or "", _LONGEST_VALUE)
        if value and len(name) <= _LONGEST_NAME and _OPENGRAPH.match(name) and len(properties) < _MOST_OPENGRAPH:
            properties.setdefault(seen_line(name, _LONGEST_NAME), value)
    return properties


def _try(parse: Callable[[], Iterable[object]]) -> list[object]:
    try:
        return list(parse())
    except BROKEN:
        return []


def _parse(script: str) -> list[object]:
    check_depth(script)
    try:
        return [json.loads(script.strip().rstrip(";"), strict=False)]
    except ValueError:
        bare = re.sub(r"^\s*(?:<!--|<!\[CDATA\[|//[^\n]*)|(?:-->|\]\]>)\s*$", "", script)
        return [json.loads(_LAST_COMMA.sub(r"\1", _COMMENT.sub(r"\1", bare)), strict=False)]


class _Microdata:
    """The items of a page, as https://html.spec.whatwg.org/multipage/microdata.html has them.

    Each is `{"type", "id", "properties"}`; a type or property of one value is that value, else a list.

    Args:
        tree: of the page
        url: of the page
    """

    def __init__(self, tree: Element, url: str) -> None:
        self._tree = tree
        self._url = url
        self._taken: set[Element] = set()
        self._texts: dict[Element, str] = {}

    def items(self) -> Iterator[object]:
        """Those that are no property of another one."""
        for element in self._tree.iter("*"):
            if "itemscope" in element.attrib and element not in self._taken:
                yield self._item(element)

    def _item(self, scope: Element) -> Mapping[str, object]:
        self._taken.add(scope)
        properties: defaultdict[str, list[object]] = defaultdict(list)
        for element in islice(self._properties(scope), _MOST_PROPERTIES):
            value = self._value(element)
            for name in (element.get("itemprop") or "").split() if value is not None else ():
                properties[name].append(value)
        if properties:
            return _kind(scope) | {"properties": {name: _alone(values) for name, values in properties.items()}}
        # The text of the whole page is known without.
        return _kind(scope) if scope is self._tree else _kind(scope) | {"value": self._text_of(scope)}

    def _properties(self, scope: Element) -> Iterator[Element]:
        """The elements that are properties of an item, each once: those in it, then those in what it refers to."""
        names = (scope.get("itemref") or "").split()
        stack = [self._by_id[name] for name in reversed(names) if name in self._by_id]
        stack.extend(scope.iterchildren(reversed=True))
        met = {scope}
        while stack:
            element = stack.pop()
            if element in met:
                continue
            met.add(element)
            if "itemprop" in element.attrib:
                yield element
            if "itemscope" not in element.attrib:
                stack.extend(element.iterchildren(reversed=True))

    @cached_property
    def _by_id(self) -> Mapping[str, Element]:
        # Backwards, so that of two with the same id the first one counts.
        return {element.get("id") or "": element for element in reversed(list(self._tree.iterfind(".//*[@id]")))}

    def _value(self, element: Element) -> object:
        """What a property says; None for an item that is in its place already."""
        if "itemscope" in element.attrib:
            return None if element in self._taken else self._item(element)
        return self._text_of(element)

    def _text_of(self, element: Element) -> str:
        if (attribute := _ADDRESSES.get(element.tag)) is not None:
            return self._join(element.get(attribute) or "")
        if (attribute := _VALUES.get(element.tag)) is not None:
            return element.get(attribute) or ""
        if content := element.get("content"):
            return content
        if element not in self._texts:
            self._texts[element] = element_text(element)
        return self._texts[element]

    def _join(self, address: str) -> str:
        try:
            return urljoin(self._url, address.strip())
        except ValueError:
            return ""


def _kind(scope: Element) -> dict[str, object]:
    types = (scope.get("itemtype") or "").split()
    name = (scope.get("itemid") or "").strip()
    return ({"type": _alone(types)} if types else {}) | ({"id": name} if types and name else {})


def _alone(values: Sequence[object]) -> object:
    return values[0] if len(values) == 1 else values


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
    root_count = 0
    inner_elements: set[Element] = set()
    for element in tree.iterfind(".//*[@class]"):
        if root_count >= _MOST_ROOTS or element in inner_elements or _ROOTS.search(element.get("class") or "") is None:
            continue
        text = source(element)
        if len(text) > _LONGEST_ROOT:
            continue  # the whole page is one feed; what stands in it comes by itself
        root_count += 1
        inner_elements.update(element.iterdescendants())
        yield text
