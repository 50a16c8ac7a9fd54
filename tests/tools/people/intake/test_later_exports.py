"""A later export of the same people: what only the platform wrote follows it, and what a person wrote stays."""

import pytest

from onelane.tools.people import contacts
from onelane.tools.people.contact_views import ContactDetail, ContactPage, SavedContact
from onelane.tools.platforms.formats.records import PersonRecord, PostRecord
from tests.toolbox import Toolbox, toolbox
from tests.tools.people.intake.takings import Taking, counts, google, linkedin, x

FIRST = linkedin("Ada Example", "ada", company="Acme", title="CTO")
LATER = linkedin("Ada Married", "ada", company="NewCo", title="Founder")


@pytest.fixture
def tools(taking: Taking) -> Toolbox:
    return toolbox(taking.database, contacts)


def shown(tools: Toolbox, taking: Taking) -> ContactDetail:
    (ada,) = taking.contacts()
    return tools.call(ContactDetail, "get_contact", contact_id=ada["id"])


def found(tools: Toolbox, words: str) -> list[str]:
    return [contact.name for contact in tools.call(ContactPage, "search_contacts", query=words).data]


def test_a_new_job_and_a_new_name_are_followed_and_the_old_ones_are_still_shown_and_found(
    tools: Toolbox, taking: Taking
) -> None:
    taking.take(FIRST)
    assert counts(taking.take(LATER)) == (0, 1, 0, 0, 0)
    ada = shown(tools, taking)
    assert (ada.name, ada.company, ada.title) == ("Ada Married", "NewCo", "Founder")
    assert {(other.field, other.value) for other in ada.other_values} == {
        ("name", "Ada Example"), ("last_name", "Example"), ("company", "Acme"), ("title", "CTO"),
    }  # fmt: skip
    assert "company: Acme\tfrom LinkedIn" in ada.text()
    for words in ("NewCo", "Married", "Founder", "Acme", "Example"):
        assert found(tools, words) == ["Ada Married"], words


@pytest.mark.parametrize("again", [(LATER,), (FIRST,), (FIRST, LATER), (LATER, FIRST)])
def test_an_old_file_does_not_bring_an_old_job_back(taking: Taking, again: tuple[PersonRecord, ...]) -> None:
    taking.take(FIRST)
    taking.take(LATER)
    before = taking.contacts()
    for record in again:
        assert counts(taking.take(record)) == (0, 0, 1, 0, 0)
    assert taking.contacts() == before


def test_what_a_person_wrote_stays_and_the_later_value_is_shown_and_found(tools: Toolbox, taking: Taking) -> None:
    taking.take(FIRST)
    (ada,) = taking.contacts()
    tools.call(SavedContact, "save_contact", contact_id=ada["id"], company="Mine", name="Ada K. Example")
    taking.take(LATER)
    taking.take(linkedin("Ada Married", "ada", company="Third", title="Founder"))
    kept = shown(tools, taking)
    assert (kept.name, kept.company, kept.title) == ("Ada K. Example", "Mine", "Founder")
    assert {other.value for other in kept.other_values if other.field == "company"} == {"NewCo", "Third"}
    for words in ("Married", "NewCo", "Third", "Mine"):
        assert found(tools, words) == ["Ada K. Example"], words


def test_what_another_platform_wrote_stays(tools: Toolbox, taking: Taking) -> None:
    taking.take(google("Ada Example", "ada@example.com", company="Home", phones=("+15550000001",)))
    taking.take(linkedin("Ada Example", "ada", "ada@example.com", company="Acme"))
    taking.take(linkedin("Ada Example", "ada", "ada@example.com", company="NewCo"))
    assert shown(tools, taking).company == "Home"
    assert found(tools, "NewCo") == ["Ada Example"]


def test_a_new_number_in_the_address_book_is_followed(tools: Toolbox, taking: Taking) -> None:
    taking.take(google("Ada Example", "ada@example.com", phones=("+15550000001",)))
    taking.take(google("Ada Example", "ada@example.com", phones=("+15550000002",)))
    assert shown(tools, taking).phone == "+15550000002"


def test_a_name_that_passes_by_in_a_post_replaces_none(taking: Taking) -> None:
    taking.take(x("2001", "ada", "Ada Example"))
    said = PostRecord(1, "x", "5", "Hi", None, mentions=(x("2001", "ada", "ada ✨ on holiday"),))
    taking.take(said)
    assert taking.names() == ["Ada Example"]


def test_other_names_are_shown_and_found(tools: Toolbox, taking: Taking) -> None:
    names = {"nickname": "Pepa", "maiden_name": "Jungmann", "phonetic_first_name": "つばさ"}
    taking.take(google("María José Example", "mj@example.org", extra=dict(names)))
    assert {other.field: other.value for other in shown(tools, taking).other_values} == names
    for words in ("Pepa", "pep", "Jungmann", "つばさ", "ツバサ"):
        assert found(tools, words) == ["María José Example"], words
