"""People and organisations that a page describes in its structured data: JSON-LD, microdata, microformats, OpenGraph.

schema.org: https://schema.org/Person, https://schema.org/Organization; h-card: https://microformats.org/wiki/h-card;
OpenGraph: https://ogp.me/#type_profile.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from pydantic import BaseModel

from onelane.tools.people.contact_fields import one_line
from onelane.tools.people.fact_fields import FactField
from onelane.tools.people.intake.names import folded, folded_company, name_words
from onelane.tools.registry.ports.page import Page
from onelane.tools.research.people_values import address_of, place_of, text_of, texts_of, values_of

Node = Mapping[str, Any]

_ORGANISATIONS = {
    "organization", "corporation", "localbusiness", "ngo", "newsmediaorganization", "educationalorganization",
    "collegeoruniversity", "onlinebusiness", "onlinestore", "professionalservice", "governmentorganization",
    "performinggroup", "researchorganization", "project",
}  # fmt: skip
_DEEPEST, _MOST_NODES = 12, 400
_MOST_VALUES, _MOST_PROFILES, _MOST_DESCRIBED = 5, 20, 100
_NAME_CHARS = 200


class Described(BaseModel):
    """A person or an organisation as one place of a page describes it.

    Args:
        name: as it is written there
        is_organisation: whether it is none of a person
        values: what it says, by the contact field that it would fill; the first value of a field is the main one
        profiles: addresses that are said to be of the same one, and its own
        members: the names of those who belong to an organisation
    """

    name: str
    is_organisation: bool = False
    values: dict[str, list[str]] = {}
    profiles: list[str] = []
    members: list[str] = []


def described_in(page: Page) -> list[Described]:
    """Everybody whom a page describes in its structured data, in the order of the page; some of them may be the same
    one, told twice."""
    nodes = _nodes([*_linked_data(page.json_ld), *map(_microdata, page.microdata)])
    nodes_by_id = _by_id(nodes)
    descriptions = [_from_schema(node, page.url, nodes_by_id) for node in nodes]
    descriptions += [_from_card(card, page.url) for card in _cards(page.microformats)]
    descriptions.append(_from_opengraph(page.opengraph))
    return [each for each in descriptions if each is not None][:_MOST_DESCRIBED]


def same_name(one: str, other: str) -> bool:
    """Whether two names are one, so that what a page says of the one holds for the other.

    First and last name must be the same, whatever the order; middle names and titles may be left out. It is stricter
    than what an import goes by: a page may well be about another Ada.
    """
    words, other_words = name_words(one), name_words(other)
    if len(words) < 2 or len(other_words) < 2:
        return bool(words) and "".join(words) == "".join(other_words) and not one.isascii()
    if sorted(words) == sorted(other_words):
        return True
    if (words[0], words[-1]) != (other_words[0], other_words[-1]):
        return False
    fewer, more = sorted((words[1:-1], other_words[1:-1]), key=len)
    return all(any(_is_same_word(word, other_word) for other_word in more) for word in fewer)


def _is_same_word(word: str, other: str) -> bool:
    return word[0] == other[0] and _abbreviates(word, other)


def same_organisation(one: str, other: str) -> bool:
    """Whether two organisations bear one name, whatever their legal form."""
    return bool(one and other) and folded_company(one) == folded_company(other)


def _abbreviates(word: str, other: str) -> bool:
    return word == other or len(word) == 1 or len(other) == 1


# schema.org


def _linked_data(items: Sequence[Node]) -> Iterator[Node]:
    for item in items:
        graph = item.get("@graph")
        if isinstance(graph, list):
            yield from (cast("Node", node) for node in cast("list[object]", graph) if isinstance(node, dict))
        else:
            yield item


def _microdata(item: Node) -> Node:
    """An item of microdata in the form of JSON-LD."""

    def plain(value: object, depth: int) -> object:
        if isinstance(value, list):
            return [plain(part, depth + 1) for part in cast("list[object]", value)] if depth < _DEEPEST else []
        if isinstance(value, dict):
            node = cast("dict[str, object]", value)
            inner = node.get("properties")
            fields = cast("dict[str, object]", inner) if isinstance(inner, dict) else {}
            if depth >= _DEEPEST:
                return {}
            return {"@type": node.get("type"), **{name: plain(part, depth + 1) for name, part in fields.items()}}
        return value

    return cast("Node", plain(dict(item), 0))


def _by_id(nodes: Sequence[Node]) -> dict[str, Node]:
    """The nodes that others may refer to."""
    return {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str) and len(node) > 1}


def _nodes(nodes: Sequence[Node]) -> list[Node]:
    """All nodes, those inside others too, the outer ones first."""
    typed_nodes: list[Node] = []
    level: list[object] = list(nodes)
    for _ in range(_DEEPEST):
        mappings = [cast("Node", item) for item in level if isinstance(item, Mapping)]
        typed_nodes += [node for node in mappings if node.get("@type") is not None]
        level = [each for item in level for each in _inside(item)]
        if len(typed_nodes) > _MOST_NODES:
            break
    return typed_nodes[:_MOST_NODES]


def _inside(item: object) -> Iterable[object]:
    if isinstance(item, list):
        return cast("list[object]", item)
    return cast("Node", item).values() if isinstance(item, Mapping) else ()


def _from_schema(node: Node, base_url: str, nodes_by_id: Mapping[str, Node]) -> Described | None:
    kinds = {folded(kind.rpartition("/")[2].rpartition(":")[2]) for kind in texts_of(node.get("@type"))}
    if "person" in kinds:
        return _schema_person(node, base_url, nodes_by_id)
    return _schema_organisation(node, base_url, nodes_by_id) if kinds & _ORGANISATIONS else None


def _schema_person(node: Node, base_url: str, nodes_by_id: Mapping[str, Node]) -> Described | None:
    given_name, family_name = text_of(node.get("givenName")), text_of(node.get("familyName"))
    name = text_of(node.get("name")) or " ".join(filter(None, (given_name, family_name)))
    values = {
        "first_name": [given_name],
        "last_name": [family_name],
        "email": texts_of(node.get("email")),
        "phone": texts_of(node.get("telephone")),
        "title": texts_of(node.get("jobTitle")),
        "company": texts_of(_resolve(node.get("worksFor"), nodes_by_id)),
        "location": [_place(node, nodes_by_id)],
        "bio": texts_of(node.get("description")),
        "website": texts_of(node.get("url"), key="@id"),
    }
    return _described(name, values, texts_of(node.get("sameAs"), key="@id"), base_url)


def _place(node: Node, nodes_by_id: Mapping[str, Node]) -> str:
    return place_of(_resolve(node.get("address"), nodes_by_id)) or place_of(
        _resolve(node.get("homeLocation"), nodes_by_id)
    )


def _schema_organisation(node: Node, base_url: str, nodes_by_id: Mapping[str, Node]) -> Described | None:
    name = text_of(node.get("name")) or text_of(node.get("legalName"))
    values = {
        "email": texts_of(node.get("email")),
        "phone": texts_of(node.get("telephone")),
        "location": [place_of(_resolve(node.get("address"), nodes_by_id))],
        "bio": texts_of(node.get("description")),
        "website": texts_of(node.get("url"), key="@id"),
    }
    organisation = _described(name, values, texts_of(node.get("sameAs"), key="@id"), base_url)
    if organisation is not None:
        organisation.is_organisation = True
        for relation in ("founder", "founders", "employee", "employees", "member", "members"):
            organisation.members += texts_of(_resolve(node.get(relation), nodes_by_id))
    return organisation


def _resolve(value: object, nodes_by_id: Mapping[str, Node]) -> object:
    """A value with what it refers to put in its place."""
    if isinstance(value, list):
        return [_resolve(part, nodes_by_id) for part in cast("list[object]", value)[:_MOST_NODES]]
    if isinstance(value, Mapping):
        node = cast("Node", value)
        reference = node.get("@id")
        if isinstance(reference, str) and "name" not in node:
            return nodes_by_id.get(reference, node)
    return cast("object", value)


# Microformats


def _cards(items: Sequence[Node]) -> Iterator[Node]:
    """All h-cards, also those inside entries and feeds; the organisation of a card is none of its own."""
    level: list[tuple[Node, int]] = [(item, 0) for item in items]
    item_count = 0
    while level and item_count < _MOST_NODES:
        item, depth = level.pop(0)
        item_count += 1
        kinds = texts_of(item.get("type"))
        if "h-card" in kinds:
            yield item
        if depth < _DEEPEST:
            level.extend((child, depth + 1) for child in _inner(item, of_card="h-card" in kinds))


def _inner(item: Node, *, of_card: bool) -> Iterator[Node]:
    properties = item.get("properties")
    if isinstance(properties, Mapping) and not of_card:
        for values in cast("Mapping[str, object]", properties).values():
            for value in cast("list[object]", values) if isinstance(values, list) else []:
                if isinstance(value, Mapping):
                    yield cast("Node", value)
    children = item.get("children")
    for child in cast("list[object]", children) if isinstance(children, list) else []:
        if isinstance(child, Mapping):
            yield cast("Node", child)


def _from_card(card: Node, base_url: str) -> Described | None:
    property_mapping = card.get("properties")
    properties = (
        cast("Mapping[str, object]", property_mapping) if isinstance(property_mapping, Mapping) else dict[str, object]()
    )
    given_name, family_name = text_of(properties.get("given-name")), text_of(properties.get("family-name"))
    name = text_of(properties.get("name")) or " ".join(filter(None, (given_name, family_name)))
    organisation = texts_of(properties.get("org"))
    values = {
        "first_name": [given_name],
        "last_name": [family_name],
        "email": texts_of(properties.get("email")),
        "phone": texts_of(properties.get("tel")),
        "title": texts_of(properties.get("job-title"))
        or texts_of(properties.get("title"))
        or texts_of(properties.get("role")),
        "company": organisation,
        "location": [place_of(properties) or place_of(properties.get("adr"))],
        "bio": texts_of(properties.get("note")),
        "website": texts_of(properties.get("url")),
    }
    person = _described(name, values, [], base_url)
    # A card whose name is its organisation's describes the organisation.
    if person is not None and organisation and same_organisation(person.name, organisation[0]):
        person.is_organisation = True
        person.values.pop("company", None)
    return person


# OpenGraph


def _from_opengraph(properties: Mapping[str, str]) -> Described | None:
    if properties.get("og:type") != "profile":
        return None
    first, last = one_line(properties.get("profile:first_name", "")), one_line(properties.get("profile:last_name", ""))
    name = " ".join(filter(None, (first, last))) or one_line(properties.get("og:title", ""))
    values = {"first_name": [first], "last_name": [last], "bio": [properties.get("og:description", "")]}
    return _described(name, values, [], properties.get("og:url", ""))


def _described(
    name: str, texts_by_field: Mapping[str, Sequence[str]], same_as: Sequence[str], base_url: str
) -> Described | None:
    if not name or len(name) > _NAME_CHARS:
        return None
    links = [*texts_by_field.get("website", ()), *same_as]
    pages = [address for link in links if (address := address_of(link, base_url))]
    person = Described(name=name, profiles=list(dict.fromkeys(pages))[:_MOST_PROFILES])
    for field, texts in {**texts_by_field, "profile_url": links}.items():
        # A page links people to where they are elsewhere; what it names first is their own.
        most = 1 if field in ("website", "profile_url") else _MOST_VALUES
        if field_values := values_of(FactField(field), texts, base_url)[:most]:
            person.values[field] = field_values
    return person
