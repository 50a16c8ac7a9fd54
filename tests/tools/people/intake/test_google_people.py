"""People as Google's API knows them, beside those of its exports: by resource name, and by the same addresses."""

from collections.abc import Sequence
from typing import Any

import orjson
import pytest

from onelane.storage.people.identities import Identity
from onelane.tools.platforms.formats.records import PersonRecord
from tests.tools.people.intake.takings import Taking, counts, google, linkedin, logical_rows


def online(name: str | None, resource: str, *emails: str, **more: Any) -> PersonRecord:
    """What Google's API says of an entry."""
    return google(name, *emails, platform_user_id=f"people/{resource}", is_live=True, **more)


FILE = google("Ada Example", "Ada@example.com", "ada.home@example.org", company="Acme", phones=("+15550000001",),
              extra={"department": "Engines"})  # fmt: skip
API = online("Ada Example", "c1001", "Ada@example.com", "ada.home@example.org", company="Acme",
             phones=("+15550000001",), extra={"department": "Engines"})  # fmt: skip


def test_a_person_of_the_api_is_known_by_resource_name_and_address(taking: Taking) -> None:
    taking.take(API)
    (ada,) = taking.contacts()
    assert taking.identities() == [("gmail", "ada@example.com"), ("gmail", "people/c1001")]
    assert taking.emails(ada["id"]) == ["ada.home@example.org", "ada@example.com"]
    assert counts(taking.take(API)) == (0, 0, 1, 0, 0)


@pytest.mark.parametrize(
    "pair",
    [
        (FILE, API),
        (google("Ada Example", company="Acme"), online("Ada Example", "c1", company="Acme")),
        (google("Ada Example", phones=("+1555",)), online("Ada Example", "c1", phones=("+1555",))),
        (google(None, "office@example.com"), online(None, "c1003", "office@example.com")),
        (google("Co", company="Co", is_organisation=True), online("Co", "c5", company="Co", is_organisation=True)),
        (google("Ada Old", "a@example.com", title="CTO"), online("Ada New", "c1", "a@example.com", title="Founder")),
    ],
)
def test_an_export_and_the_api_give_the_same_rows_in_either_order(taking: Taking, pair: Sequence[PersonRecord]) -> None:
    in_order, turned = (logical_rows(taking.database, records, 1) for records in (pair, pair[::-1]))
    assert in_order == turned == logical_rows(taking.database, pair, 2)
    assert len(in_order["contacts"]) == 1
    taking.take(*pair)
    for record in pair:
        assert counts(taking.take(record)) == (0, 0, 1, 0, 0)


def test_a_changed_job_is_followed_and_another_address_added(taking: Taking) -> None:
    taking.take(FILE, API)
    later = online("Ada Example", "c1001", "Ada@example.com", "ada@navy.example.com", company="Compiler Works")
    assert counts(taking.take(later)) == (0, 1, 0, 0, 0)
    (ada,) = taking.contacts()
    assert (ada["company"], taking.emails(ada["id"])) == (
        "Compiler Works", ["ada.home@example.org", "ada@example.com", "ada@navy.example.com"],
    )  # fmt: skip


def test_two_people_who_share_an_address_stay_two(taking: Taking) -> None:
    ada, bob = (("Ada Example", "shared@example.com"), ("Bob Meyer", "shared@example.com"))
    for record in (online(ada[0], "c1", ada[1]), online(bob[0], "c2", bob[1]), google(*bob), google(*ada)):
        taking.take(record)
    assert taking.names() == ["Ada Example", "Bob Meyer"]
    assert [row["platform_user_id"] for row in taking.rows(Identity)] == [
        "shared@example.com", "people/c1", "shared@example.com|bob meyer", "people/c2",
    ]  # fmt: skip


def test_two_entries_of_one_person_are_one_contact_that_is_stable(taking: Taking) -> None:
    entries = (
        online("Ada Example", "c1", "ada@example.com", company="Acme"),
        online("Ada Example", "c2", "ada@example.com", company="NewCo"),
    )
    taking.take(*entries)
    before = taking.contacts(), taking.rows(Identity)
    assert counts(taking.take(*entries)) == (0, 0, 2, 0, 0)
    assert (taking.contacts(), taking.rows(Identity)) == before
    assert (taking.names(), taking.contact("Ada Example")["company"]) == (["Ada Example"], "Acme")


def test_a_resource_name_that_was_given_up_for_another_leads_to_the_same_person(taking: Taking) -> None:
    taking.take(online("Kay Pretend", "c1999", "kay@example.com"))
    merged = online("Kay Pretend", "c1006", "kay@example.com", former_user_ids=("people/c1999",))
    for outcome in ((0, 1, 0, 0, 0), (0, 0, 1, 0, 0)):
        assert counts(taking.take(merged)) == outcome
    assert taking.identities() == [("gmail", "kay@example.com"), ("gmail", "people/c1006")]


def test_a_resource_name_that_was_given_up_needs_no_address_to_lead_on(taking: Taking) -> None:
    taking.take(online("Kay Pretend", "c1999"))
    taking.take(online("Kay P.", "c1006", "new@example.com", former_user_ids=("people/c1999",)))
    assert (len(taking.contacts()), ("gmail", "people/c1006") in taking.identities()) == (1, True)


def test_two_known_entries_that_google_made_one_are_one_person_for_the_person_to_say(taking: Taking) -> None:
    taking.take(*(online(f"Kay {number}", number, f"{number}@example.com") for number in ("c1006", "c1999")))
    merged = online("Kay c1006", "c1006", "c1006@example.com", former_user_ids=("people/c1999",))
    assert taking.take(merged).proposals == 1
    assert taking.take(merged).proposals == 0
    assert "the platform says that they are one" in taking.proposals()[0]["description"]


def test_who_was_taken_out_of_the_address_book_stays_a_contact(taking: Taking) -> None:
    taking.take(API)
    taking.take(google(None, platform_user_id="people/c1001", is_gone=True))
    active = {row["platform_user_id"]: row["is_active"] for row in taking.rows(Identity)}
    assert (taking.names(), active["people/c1001"]) == (["Ada Example"], False)


def test_a_profile_and_a_connection_are_joined_as_an_export_joins_them(taking: Taking) -> None:
    taking.take(linkedin("Ada Example", "ada", "ada@example.com"))
    taking.take(API)
    (ada,) = taking.contacts()
    assert taking.identities(ada["id"]) == [
        ("gmail", "ada@example.com"), ("gmail", "people/c1001"), ("linkedin", "ada"),
    ]  # fmt: skip
    assert orjson.loads(taking.rows(Identity)[-1]["platform_data"])["live"]["company"] == "Acme"
