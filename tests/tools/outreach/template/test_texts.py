"""Texts of sequences: nothing goes out with a gap, and no text computes for ever."""

import threading
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onelane.tools.outreach.template.texts import BadText, MissingValue, Texts, TooMuch, UnknownVariable
from onelane.tools.outreach.template.variables import variables_of
from onelane.tools.people.name_parts import derived_names
from tests.proof import FULL

VALUES: dict[str, Any] = {"first_name": "Ada", "company": None, "bio": "x" * 1000, "tags": ["a", "b"], "title": " "}


def rendered(text: str, *, html: bool = False, **values: Any) -> str:
    return Texts().check(text, html=html).render({**VALUES, **values})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello {{ first_name }}", "Hello Ada"),
        ('{{ company or "your firm" }}', "your firm"),
        ('{{ company | default("your firm") }}', "your firm"),
        ("{% if company %}at {{ company }}{% else %}somewhere{% endif %}", "somewhere"),
        ('{{ "at " ~ company if company else "" }}.', "."),
        ("{% for tag in tags %}{{ loop.index }}{{ tag }} {% endfor %}", "1a 2b "),
        ("{% set who = first_name %}{{ who|upper }}", "ADA"),
        ('{{ tags|join(", ") }}', "a, b"),
        ("{{ first_name and 'known' }}", "known"),
        ("{{ company is defined }}", "False"),
    ],
)
def test_a_text_says_what_is_known_and_its_fallback_where_nothing_is(text: str, expected: str) -> None:
    assert rendered(text) == expected


@pytest.mark.parametrize("text", ["{{ company }}", "{{ title }}", "{{ company|upper }}", '{{ "at " ~ company }}'])
def test_a_text_never_has_a_gap(text: str) -> None:
    with pytest.raises(MissingValue):
        rendered(text)


def test_an_unknown_variable_is_named() -> None:
    with pytest.raises(UnknownVariable, match="frist_name"):
        rendered("Hello {{ frist_name }}")


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__ }}",
        "{{ ''['__class__'] }}",
        "{{ range(10**9) }}",
        "{{ first_name.format() }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% include 'x' %}",
        "{% for x in tags recursive %}{{ loop(tags) }}{% endfor %}",
        "{{ 9**9**9 }}",
        "{{ 'a' * 1000000000 }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ first_name|center(1000000000) }}",
        "{{ tags|sort(attribute='__class__') }}",
        "{{ first_name",
        "{% if %}",
        "{{ " + "(" * 500 + "1" + ")" * 500 + " }}",
        "{{ " + "9" * 5000 + " }}",
        "{% if 1 %}" * 200 + "{% endif %}" * 200,
        "{{ self }}",
        "{{ cycler }}",
    ],
)
def test_a_text_that_reaches_beyond_itself_is_refused(text: str) -> None:
    with pytest.raises(BadText):
        rendered(text)


@pytest.mark.parametrize(
    "text",
    [
        "{% for a in bio %}{% for b in bio %}{% for c in bio %}x{% endfor %}{% endfor %}{% endfor %}",
        "{% for a in bio %}{% for b in bio %}{% for c in bio %}{% endfor %}{% endfor %}{% endfor %}",
        "{% set x = bio %}" + "{% set x = x ~ x %}" * 60 + "{{ x }}",
        "{% set x = bio %}" + "{% set x = x + x %}" * 60 + "{{ x }}",
        "{% set x = bio|replace('x', bio) %}{{ x|replace('x', bio) }}",
        "{% set x = [bio, bio, bio] %}{% set y = [x|join, x|join]|join %}" + "{% set y = [y, y]|join %}" * 40,
    ],
)
def test_a_text_that_computes_for_ever_ends_at_once_and_leaves_no_thread(text: str) -> None:
    before, began = threading.active_count(), time.monotonic()
    with pytest.raises(TooMuch):
        rendered(text)
    assert time.monotonic() - began < 10
    assert threading.active_count() == before


def test_what_a_person_wrote_is_no_template_and_no_markup() -> None:
    assert rendered("{{ first_name }}", first_name="{{ 7 }}") == "{{ 7 }}"
    assert rendered("<b>{{ first_name ~ '!' }}</b>", html=True, first_name="<i>") == "<b>&lt;i&gt;!</b>"


@settings(max_examples=200 if FULL else 40, deadline=None)
@given(st.text(alphabet="{}%# abn|()'\"~.[]+-*/_first_name", max_size=60))
def test_any_text_is_rendered_or_refused_with_a_reason(text: str) -> None:
    with suppress(BadText, MissingValue):
        assert isinstance(rendered(text), str)


def test_variables_without_a_fallback_are_told_apart() -> None:
    checked = Texts().check(
        '{{ first_name or "there" }}{{ company }}{% if title %}{{ title }}{% endif %}{{ bio|upper or "x" }}'
    )
    assert (checked.names, checked.bare) == (
        frozenset({"first_name", "company", "title", "bio"}),
        frozenset({"company", "bio"}),
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ada Lovelace", ("Ada", "Lovelace")),
        ("Jean-Luc O’Neill", ("Jean-Luc", "O’Neill")),
        ("Žofie Nováková", ("Žofie", "Nováková")),
        ("Dr Lovelace", (None, None)),
        ("Ada King Lovelace", (None, None)),
        ("Ada", (None, None)),
        ("ada.l@example.com x", (None, None)),
        ("Ada L.", (None, None)),
        ("Sales Team", (None, None)),
        ("ADA LOVELACE", (None, None)),
    ],
)
def test_a_given_name_is_derived_where_a_name_is_plainly_two_words(
    name: str, expected: tuple[str | None, str | None]
) -> None:
    assert derived_names({"name": name}) == expected


def test_a_value_can_not_begin_a_line_of_its_own() -> None:
    values = variables_of({"name": "Ada\r\nBcc: all@example.com", "company": "\u202e\x00 "}, values={})
    assert values["name"] == "Ada Bcc: all@example.com"
    assert values["company"] is None
