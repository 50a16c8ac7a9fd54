"""Once an import is in, whoever may be known twice is asked about, and nobody is merged by it."""

from datetime import UTC, datetime

import pytest

from onelane.storage.workflows import runs
from onelane.storage.workflows.runs import WorkflowType
from onelane.tools.people.intake.doubles import find_doubles, propose_doubles
from onelane.tools.platforms.formats.records import PersonRecord
from tests.tools.people.intake.takings import Taking, google, linkedin

LONG_AGO, TO_COME = datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
NUMBER = ("+493012345",)


def asked(taking: Taking, since: datetime = LONG_AGO) -> int:
    """How many are asked about once what came in was taken."""
    with taking.database.write() as session:
        run = runs.create_workflow_run(session, workflow_type=WorkflowType.SYNC)
        found = find_doubles(session, since=since)
        return propose_doubles(session, found, run_id=run.id, sub_type="gmail_contacts")


@pytest.mark.parametrize(
    ("connection", "entry"),
    [
        ("William Example", "Bill Example"),
        ("Sergey Zhukov", "Сергей Жуков"),
        ("Julian Dunwenbach", "Julian Dunwebnach"),
    ],
)
def test_one_name_written_in_two_ways_at_one_company_is_asked_about_once(
    taking: Taking, connection: str, entry: str
) -> None:
    taking.take(linkedin(connection, "slug", company="Looms, Inc."))
    taking.take(google(entry, "someone@example.com", company="LOOMS"))
    assert (asked(taking), asked(taking)) == (1, 0)
    assert len(taking.contacts()) == 2


def test_one_number_and_one_name_with_and_without_an_address_are_asked_about(taking: Taking) -> None:
    taking.take(google("Ada Example", "ada@example.com", phones=NUMBER), google("Ada Example", phones=NUMBER))
    assert asked(taking) == 1


def test_a_couple_with_one_telephone_is_not_asked_about(taking: Taking) -> None:
    taking.take(google("Paul Example", phones=NUMBER), google("Paula Example", phones=NUMBER))
    assert asked(taking) == 0


def test_colleagues_with_one_given_name_are_not_asked_about(taking: Taking) -> None:
    taking.take(linkedin("Ada Example", "slug", company="Corp"))
    taking.take(google("Ada Lovelace", "ada@example.com", company="Corp"))
    assert asked(taking) == 0


def test_two_profiles_of_one_platform_are_two_people(taking: Taking) -> None:
    taking.take(linkedin("William Example", "one", company="Corp"), linkedin("Bill Example", "two", company="Corp"))
    taking.take(google("Somebody Else", "someone@example.com"))
    assert asked(taking) == 0


def test_whom_the_import_did_not_touch_is_not_asked_about(taking: Taking) -> None:
    taking.take(linkedin("William Example", "slug", company="Corp"), google("Bill Example", company="Corp"))
    assert asked(taking, since=TO_COME) == 0


def test_an_employer_that_another_export_named_counts_as_well(taking: Taking) -> None:
    people: list[PersonRecord] = [
        google("William Example", "w@example.com", company="Corp"),
        google("William Example", "w@example.com", company="Engines"),
        linkedin("Bill Example", "slug", company="Engines"),
    ]
    for person in people:
        taking.take(person)
    assert asked(taking) == 1
