"""Names as they are compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onelane.tools.people.intake.doubles import Writing, are_alike, writing_of
from onelane.tools.people.intake.names import (
    folded,
    folded_company,
    is_made_up,
    names_agree,
    names_contradict,
    spellings,
)
from onelane.tools.platforms.formats.contact_details import is_nobodys, is_shared
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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bill Smith", "William Smith"),
        ("Иван Петров", "Ivan Petrov"),
        ("Юрий Соловьёв", "Iurii Soloviev"),
        ("Γιώργος Παπαδόπουλος", "Giorgos Papadopoulos"),
        ("王磊", "Lei Wang"),
        ("Ada & Bob Smith", "Bob and Ada Smith"),
    ],
)
def test_a_name_among_friends_and_in_other_letters_is_the_same_name(one: str, other: str) -> None:
    assert not names_contradict(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Paul Smith", "Paula Smith"),
        ("Martin Weber", "Martina Weber"),
        ("Erik O'Brien", "Pepe O'Brien"),
        ("Ada & Bob Smith", "Ada Smith"),
        ("Anna und Bernd Weber", "Anna Weber"),
        ("Иван Петров", "Olga Petrov"),
    ],
)
def test_the_names_of_two_who_live_together_are_no_one_name(one: str, other: str) -> None:
    assert names_contradict(one, other)


def writing(name: str) -> Writing:
    found = writing_of(name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Julian Dunwenbach", "Julian Dunwebnach", True),
        ("Walter Example", "Example, Walter J.", True),
        ("Tony Example", "Anthony Example", True),
        ("Сергей Жуков", "Sergei Zhukov", True),
        ("Paul Example", "Paula Example", False),
        ("Ada Example", "Ada Lovelace", False),
        ("Ada", "Ada Example", False),
        ("Jukian Dunwenbach", "Julian Dunwembach", False),
    ],
)
def test_two_writings_of_a_name_differ_by_one_slip_at_most(one: str, other: str, alike: bool) -> None:
    assert are_alike(writing(one), writing(other)) is alike
    assert are_alike(writing(other), writing(one)) is alike


@pytest.mark.parametrize("name", ["@ada", "ada@example.com", "Ada & Bob Smith"])
def test_what_names_nobody_or_several_is_compared_with_nobody(name: str) -> None:
    assert writing_of(name) is None
