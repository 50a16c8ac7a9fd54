"""The sample exports, one after the other: Ada is one person in all of them."""

from itertools import permutations
from pathlib import Path

import orjson
import pytest

from onelane.storage.database.engine import Database
from onelane.storage.people.emails import ContactEmail
from onelane.storage.platforms.content import ContentPost
from tests.tools.people.intake.takings import Taking, counts

LINKEDIN = "linkedin/Connections.csv"
GOOGLE = "google/contacts.google-2024.csv"
VCARD = "google/contacts.vcf"
MAIL = "google/All mail Including Spam and Trash.mbox"
X = "x/twitter-2026-11-01-sample.zip"
SUBSTACK = "substack/email_list.examplepub.csv"

IN_ORDER = [
    ("linkedin_contacts", LINKEDIN),
    ("gmail_contacts", GOOGLE),
    ("x_contacts", X),
    ("x_tweets", X),
    ("x_mentions", X),
    ("gmail_metadata", MAIL),
    ("substack_contacts", SUBSTACK),
    ("gmail_contacts", VCARD),
]


def test_the_samples_hold_what_is_expected_of_them(taking: Taking, contracts: Path) -> None:
    expected = orjson.loads((contracts / "expected.json").read_bytes())
    people = taking.take_file("linkedin_contacts", contracts / LINKEDIN)
    assert people.added == expected[LINKEDIN]["people"] == len(taking.contacts())
    assert people.skipped == expected[LINKEDIN]["skipped_nameless"]
    assert len(taking.rows(ContactEmail)) == expected[LINKEDIN]["emails"]

    entries = taking.take_file("gmail_contacts", contracts / GOOGLE)
    assert counts(entries) == (3, 1, 0, 0, 0)
    organisations = [contact for contact in taking.contacts() if contact["is_organisation"]]
    assert len(organisations) == expected[GOOGLE]["organisations_only"]
    assert orjson.loads(taking.contact("Ada Example")["tags"]) == expected[GOOGLE]["labels_first"]


def test_ada_is_one_person_in_all_samples(taking: Taking, contracts: Path) -> None:
    for sub_type, file in IN_ORDER:
        taking.take_file(sub_type, contracts / file)
    ada = taking.contact("Ada Example")
    assert taking.identities(ada["id"]) == [
        ("gmail", "ada@example.com"),
        ("linkedin", "ada-example-1815"),
        ("substack", "ada@example.com"),
        ("x", "2001"),
    ]
    assert (ada["company"], ada["title"], ada["phone"]) == (
        "Analytical Engines, Inc.",
        "VP, Engineering",
        "+12125550123",
    )
    assert ada["email"] == "ada@example.com"
    assert len(taking.rows(ContentPost)) == orjson.loads((contracts / "expected.json").read_bytes())[X]["posts"]
    threads = {row["thread_id"] for row in taking.engagements() if row["source"] == "email"}
    assert len(threads) == 2  # the third thread is bulk mail


def test_every_sample_again_adds_and_updates_nothing(taking: Taking, contracts: Path) -> None:
    for _ in range(2):
        for sub_type, file in IN_ORDER:
            taking.take_file(sub_type, contracts / file)
    before = taking.contacts(), taking.engagements(), taking.proposals()
    for sub_type, file in IN_ORDER:
        outcome = taking.take_file(sub_type, contracts / file, batch=2)
        assert (sub_type, outcome.added, outcome.updated, outcome.proposals) == (sub_type, 0, 0, 0)
    assert (taking.contacts(), taking.engagements(), taking.proposals()) == before


def test_the_second_import_of_each_sample_already_changes_nothing(taking: Taking, contracts: Path) -> None:
    for sub_type, file in IN_ORDER:
        taking.take_file(sub_type, contracts / file)
        outcome = taking.take_file(sub_type, contracts / file)
        assert (sub_type, outcome.added, outcome.updated) == (sub_type, 0, 0)


@pytest.mark.parametrize("files", list(permutations([LINKEDIN, "linkedin/Connections.no-url-older.csv"])))
def test_an_older_file_without_profiles_adds_nobody(taking: Taking, contracts: Path, files: tuple[str, ...]) -> None:
    for file in files:
        taking.take_file("linkedin_contacts", contracts / file)
    assert len(taking.contacts()) == 6


@pytest.mark.parametrize("order", list(permutations(IN_ORDER[:3])))
def test_in_whichever_order_the_samples_come_ada_is_one_person_or_it_is_asked(
    sqlite_database: Database, contracts: Path, order: tuple[tuple[str, str], ...]
) -> None:
    taking = Taking(sqlite_database)
    for sub_type, file in order:
        taking.take_file(sub_type, contracts / file)
    adas = [contact for contact in taking.contacts() if contact["name"].endswith("Example")]
    assert len(adas) - len(taking.proposals()) == 1
    identities = {identity for ada in adas for identity in taking.identities(ada["id"])}
    assert identities == {("gmail", "ada@example.com"), ("linkedin", "ada-example-1815"), ("x", "2001")}
