"""Whom a page describes, and which names are one."""

from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as some

from onelane.tools.registry.ports.page import Page
from onelane.tools.research.described_people import described_in, same_name
from onelane.tools.research.person_facts import Sought, findings, only_about
from onelane.tools.research.vcards import described_in_vcards

URL = "https://ada.example.com/"


def page(**said: Any) -> Page:
    return Page(requested_url=URL, url=URL, status=200, content_type="text/html", **said)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada Example", "Dr. Ada Example"),
        ("Ada Example", "Example, Ada"),
        ("Zoë Müller", "Zoe Muller"),
        ("Ada Byron Example", "Ada Example"),
        ("Ada B. Example", "Ada Byron Example"),
        ("愛川翼", "愛川 翼"),
    ],
)
def test_these_names_are_one(one: str, other: str) -> None:
    assert same_name(one, other)
    assert same_name(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada Example", "Ada Elsewhere"),
        ("Ada Example", "Ada"),
        ("Ada", "Ada"),
        ("Ada Example", "Adam Example"),
        ("Ada Example", "A. Example"),
        ("Ada Byron Example", "Ada King Example"),
        ("", ""),
        ("Ada Example", "ada@example.com"),
    ],
)
def test_these_names_may_be_two_people(one: str, other: str) -> None:
    assert not same_name(one, other)
    assert not same_name(other, one)


def test_an_address_that_is_theirs_tells_who_a_shortened_name_is() -> None:
    described = described_in(
        page(json_ld=[{"@type": "Person", "name": "A. Example", "email": "ada@example.com", "jobTitle": "CTO"}])
    )
    assert findings(Sought("Ada Example", emails=["ada@example.com"]), described, URL).is_about
    assert not findings(Sought("Ada Example"), described, URL).is_about
    assert not findings(Sought("Bob Other", emails=["ada@example.com"]), described, URL).is_about


def test_an_organisation_gives_itself_all_and_its_people_only_name_and_site() -> None:
    acme = {
        "@type": ["Corporation"], "name": "Acme", "url": URL, "telephone": "+49 30 1234567",
        "employee": [{"@type": "Person", "name": "Ada Example"}],
    }  # fmt: skip
    described = described_in(page(json_ld=[acme]))

    its_own = findings(Sought("Acme Inc.", is_organisation=True), described, URL).facts
    assert {fact.field.value: fact.value for fact in its_own} == {"phone": "+49301234567", "website": URL}
    hers = findings(Sought("Ada Example"), described, URL).facts
    assert {fact.field.value: fact.value for fact in hers} == {"company": "Acme", "website": URL}
    assert findings(Sought("Bob Other"), described, URL).facts == []


def test_a_page_of_two_people_is_about_neither_alone() -> None:
    ada, bob = {"@type": "Person", "name": "Ada Example"}, {"@type": "Person", "name": "Bob Other"}
    assert only_about(Sought("Ada Example"), described_in(page(json_ld=[ada])))
    assert not only_about(Sought("Ada Example"), described_in(page(json_ld=[ada, bob])))


def test_a_vcard_that_can_not_be_read_describes_nobody() -> None:
    assert described_in_vcards("BEGIN:VCARD\nthis is none\nEND:VCARD\n") == []
    assert described_in_vcards("\0" * 1000) == []
    assert described_in_vcards("") == []


keys = some.sampled_from(
    ["@type", "@id", "@graph", "name", "email", "telephone", "jobTitle", "worksFor", "address", "url", "sameAs",
     "type", "properties", "children", "org", "value", "employee", "description"]
)  # fmt: skip
anything = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=30),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(keys | some.text(max_size=8), inner, max_size=5),
    max_leaves=8,
)
node = some.dictionaries(keys, anything | some.sampled_from(["Person", "Organization", "h-card"]), max_size=8)


@settings(max_examples=60, deadline=None, phases=[Phase.generate])
@given(json_ld=some.lists(node, max_size=3), microdata=some.lists(node, max_size=3), cards=some.lists(node, max_size=3))
def test_any_structured_data_of_a_page_is_read_without_a_fault(
    json_ld: list[dict[str, Any]], microdata: list[dict[str, Any]], cards: list[dict[str, Any]]
) -> None:
    described = described_in(page(json_ld=json_ld, microdata=microdata, microformats=cards))
    for each in described:
        assert each.name
        findings(Sought(each.name, is_organisation=each.is_organisation), described, URL)
