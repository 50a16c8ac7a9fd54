"""Names as they are compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onelane.tools.people.intake.names import (
    folded,
    folded_company,
    is_made_up,
    names_agree,
    names_contradict,
    spellings,
)
from onelane.tools.platforms.formats.mailboxes import is_nobodys, is_shared
from tests.tools.people.intake.takings import google

WORDS = st.sampled_from(["Ada", "A.", "Bob", "B", "King", "Smith", "Dr.", "愛川"])
NAMES = st.one_of(st.text(max_size=20), st.lists(WORDS).map(" ".join))


@given(one=NAMES, other=NAMES)
def test_that_two_names_contradict_each_other_does_not_hang_on_which_comes_first(one: str, other: str) -> None:
    assert names_contradict(one, other) == names_contradict(other, one)
    assert not names_contradict(one, one)
    assert not (names_agree(one, other) and names_contradict(one, other))


@given(text=st.text(max_size=30))
def test_a_folded_text_stays_as_it_is_when_folded_again(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Analytical Engines, Inc.", "ANALYTICAL ENGINES"),
        ("Müller & Co. KG", "Muller"),
        ("Øst AS", "ost"),
        ("AG", "ag"),
    ],
)
def test_a_companys_legal_form_accents_and_case_make_no_difference(one: str, other: str) -> None:
    assert folded_company(one) == folded_company(other) != ""


@pytest.mark.parametrize(
    ("name", "made_up"), [("id 123", True), ("@ada", True), ("a@b.test", True), ("Id Amin", False)]
)
def test_a_name_that_only_stands_in_for_one_is_told(name: str, made_up: bool) -> None:
    assert is_made_up(name) is made_up
    assert names_contradict(name, "Bob Meyer") is not made_up


def test_a_name_may_be_written_without_title_accents_and_capitals() -> None:
    record = google("DR. ZOË KING", first_name="Zoë", last_name="King")
    assert set(spellings(record)) == {"DR. ZOË KING", "Zoë King", "Dr. Zoë King", "DR. ZOE KING"}


@pytest.mark.parametrize(
    ("address", "shared", "nobodys"),
    [
        ("info@example.com", True, False),
        ("sales+eu@example.com", True, False),
        ("no-reply@example.com", True, True),
        ("noreply-123@example.com", True, True),
        ("comments-noreply@example.com", True, True),
        ("do.not.reply@example.com", True, True),
        ("list+bounces-12@example.com", True, True),
        ("reply+a1b2@example.com", True, True),
        ("autoresponder@example.com", True, True),
        ("mailer_daemon@example.com", True, True),
        ("nicht-antworten@example.com", True, True),
        ("ada@example.com", False, False),
        ("ada.reply@example.com", False, False),
        ("confirm@example.com", False, False),
        ("information.lady@example.com", False, False),
    ],
)
def test_an_address_of_a_role_or_of_nobody_is_known_by_its_name(address: str, shared: bool, nobodys: bool) -> None:
    assert (is_shared(address), is_nobodys(address)) == (shared, nobodys)
