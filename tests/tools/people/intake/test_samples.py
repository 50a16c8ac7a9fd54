"""Small exports of every kind, one after the other: Nora is one person in all of them."""

from itertools import permutations
from pathlib import Path

import orjson
import pytest

from onelane.storage.database.engine import Database
from onelane.storage.people.emails import ContactEmail
from onelane.storage.platforms.content import ContentPost
from tests.samples.folder import MAILBOX, X_ZIP
from tests.samples.x_small import NORA
from tests.tools.people.intake.takings import Taking, counts

LINKEDIN = "linkedin/Connections.csv"
GOOGLE = "google/contacts.csv"
VCARD = "google/contacts.vcf"
SUBSTACK = "substack/email_list.samplepub.csv"

IN_ORDER = [
    ("linkedin_contacts", LINKEDIN),
    ("gmail_contacts", GOOGLE),
    ("x_contacts", X_ZIP),
    ("x_tweets", X_ZIP),
    ("x_mentions", X_ZIP),
    ("gmail_metadata", MAILBOX),
    ("substack_contacts", SUBSTACK),
    ("gmail_contacts", VCARD),
]


def test_everyone_in_two_samples_becomes_a_contact_once(taking: Taking, samples: Path) -> None:
    people = taking.take_file("linkedin_contacts", samples / LINKEDIN)
    assert people.added == 6 == len(taking.contacts())
    assert people.skipped == 1
    assert len(taking.rows(ContactEmail)) == 2

    entries = taking.take_file("gmail_contacts", samples / GOOGLE)
    assert counts(entries) == (3, 1, 0, 0, 0)
    organisations = [contact for contact in taking.contacts() if contact["is_organisation"]]
    assert len(organisations) == 1
    assert orjson.loads(taking.contact("Nora Winterfeld")["tags"]) == ["Weavers", "Favourites", "myContacts"]


def test_nora_is_one_person_in_all_samples(taking: Taking, samples: Path) -> None:
    for sub_type, file in IN_ORDER:
        taking.take_file(sub_type, samples / file)
    nora = taking.contact("Nora Winterfeld")
    assert taking.identities(nora["id"]) == [
        ("gmail", "nora@example.com"),
        ("linkedin", "nora-winterfeld-1901"),
        ("substack", "nora@example.com"),
        ("x", NORA),
    ]
    assert (nora["company"], nora["title"], nora["phone"]) == (
        "Tidal Looms, Inc.",
        "VP, Weaving",
        "+12125550147",
    )
    assert nora["email"] == "nora@example.com"
    assert len(taking.rows(ContentPost)) == 4
    threads = {row["thread_id"] for row in taking.engagements() if row["source"] == "email"}
    assert len(threads) == 2  # the third thread is bulk mail


def test_every_sample_again_adds_and_updates_nothing(taking: Taking, samples: Path) -> None:
    for _ in range(2):
        for sub_type, file in IN_ORDER:
            taking.take_file(sub_type, samples / file)
    before = taking.contacts(), taking.engagements(), taking.proposals()
    for sub_type, file in IN_ORDER:
        outcome = taking.take_file(sub_type, samples / file, batch=2)
        assert (sub_type, outcome.added, outcome.updated, outcome.proposals) == (sub_type, 0, 0, 0)
    assert (taking.contacts(), taking.engagements(), taking.proposals()) == before


def test_the_second_import_of_each_sample_already_changes_nothing(taking: Taking, samples: Path) -> None:
    for sub_type, file in IN_ORDER:
        taking.take_file(sub_type, samples / file)
        outcome = taking.take_file(sub_type, samples / file)
        assert (sub_type, outcome.added, outcome.updated) == (sub_type, 0, 0)


@pytest.mark.parametrize("files", list(permutations([LINKEDIN, "linkedin/Connections.no-url-older.csv"])))
def test_an_older_file_without_profiles_adds_nobody(taking: Taking, samples: Path, files: tuple[str, ...]) -> None:
    for file in files:
        taking.take_file("linkedin_contacts", samples / file)
    assert len(taking.contacts()) == 6


@pytest.mark.parametrize("order", list(permutations(IN_ORDER[:3])))
def test_in_whichever_order_the_samples_come_nora_is_one_person_or_it_is_asked(
    sqlite_database: Database, samples: Path, order: tuple[tuple[str, str], ...]
) -> None:
    taking = Taking(sqlite_database)
    for sub_type, file in order:
        taking.take_file(sub_type, samples / file)
    noras = [contact for contact in taking.contacts() if contact["name"].endswith("Winterfeld")]
    assert len(noras) - len(taking.proposals()) == 1
    identities = {identity for nora in noras for identity in taking.identities(nora["id"])}
    assert identities == {("gmail", "nora@example.com"), ("linkedin", "nora-winterfeld-1901"), ("x", NORA)}
