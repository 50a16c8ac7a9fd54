"""The sample exports hold what expected.json says of them."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from onelane.tools.platforms.exports import open_export, recognise
from onelane.tools.platforms.formats.records import BadLine, MessageRecord, PersonRecord, PostRecord, SkippedLine
from tests.tools.platforms.reading import only, people, read


@pytest.fixture(scope="module")
def expected(contracts: Path) -> dict[str, Any]:
    return json.loads((contracts / "expected.json").read_text())


@pytest.mark.parametrize("name", ["linkedin/Connections.csv", "linkedin/Connections.bom-crlf.csv"])
def test_linkedin_connections(contracts: Path, expected: dict[str, Any], name: str) -> None:
    items = read("linkedin_contacts", contracts / name)
    found, wanted = only(PersonRecord, items), expected["linkedin/Connections.csv"]
    assert len(found) == wanted["people"]
    assert sum(len(person.emails) for person in found) == wanted["emails"]
    assert len(only(SkippedLine, items)) == wanted["skipped_nameless"]
    assert str(found[0].connected_at) == "2023-03-15 00:00:00+00:00"
    assert found[2].name == "Zoë Fictional-Öström"
    assert found[2].platform_user_id == "zoë-fictional"
    assert found[2].url == "https://www.linkedin.com/in/zo%C3%AB-fictional"
    assert found[5].last_name == 'O\'Invented "Sammy"'


def test_linkedin_connections_of_an_older_generation(contracts: Path, expected: dict[str, Any]) -> None:
    found = people("linkedin_contacts", contracts / "linkedin/Connections.no-url-older.csv")
    wanted = expected["linkedin/Connections.no-url-older.csv"]
    assert (len(found), sum(person.url is not None for person in found)) == (wanted["people"], wanted["urls"])


def test_linkedin_connections_without_a_single_one(contracts: Path) -> None:
    assert read("linkedin_contacts", contracts / "linkedin/Connections.header-only.csv") == []


def test_linkedin_messages(contracts: Path, expected: dict[str, Any]) -> None:
    messages = only(MessageRecord, read("linkedin_contacts", contracts / "linkedin/messages.csv"))
    wanted = expected["linkedin/messages.csv"]
    alone = {person.url for message in messages if not message.is_group for person in message.people}
    groups = {message.thread_id for message in messages if message.is_group}
    assert (len(messages), alone, len(groups)) == (
        wanted["messages"],
        set(wanted["one_to_one_partners"]),
        wanted["group_threads"],
    )
    assert [message.direction for message in messages] == ["outbound", "inbound", "inbound", "inbound"]
    assert [message.is_bulk for message in messages] == [False, False, False, True]


def test_linkedin_invitations(contracts: Path, expected: dict[str, Any]) -> None:
    invitations = only(MessageRecord, read("linkedin_contacts", contracts / "linkedin/Invitations.csv"))
    directions = Counter(invitation.direction for invitation in invitations)
    wanted = expected["linkedin/Invitations.csv"]
    assert (directions["outbound"], directions["inbound"]) == (wanted["outgoing"], wanted["incoming"])
    assert {invitation.kind for invitation in invitations} == {"invitation"}


def test_the_linkedin_zip_is_the_same_as_the_single_files(contracts: Path) -> None:
    folder = contracts / "linkedin"
    export = open_export("linkedin_contacts", folder / "Basic_LinkedInDataExport_11-01-2026.zip")
    single = [folder / name for name in ("Connections.csv", "messages.csv", "Invitations.csv")]
    assert list(export.items()) == [item for path in single for item in read("linkedin_contacts", path)]
    assert export.owner is not None
    assert (export.owner.handle, export.owner.name, export.owner.email) == ("me-owner", "Me Owner", "me@example.com")
    assert export.total_items == 13


@pytest.mark.parametrize("name", ["x/twitter-2026-11-01-sample.zip", "x/archive"])
def test_an_x_archive_as_zip_and_as_folder(contracts: Path, expected: dict[str, Any], name: str) -> None:
    wanted = expected["x/twitter-2026-11-01-sample.zip"]
    found = people("x_contacts", contracts / name)
    relations = Counter(relation for person in found for relation in person.relations)
    assert (relations["follower"], relations["following"]) == (wanted["followers"], wanted["following"])
    assert [person.platform_user_id for person in found if "mutual" in person.relations] == wanted["mutual"]
    assert {person.platform_user_id: person.handle for person in found if person.handle} == wanted[
        "handles_known_from_mentions"
    ]
    export = open_export("x_tweets", contracts / name)
    posts = {post.post_id: post for post in only(PostRecord, list(export.items()))}
    assert len(posts) == wanted["posts"] == export.total_items
    assert posts[wanted["text_must_be_html_unescaped"]].text == "@ada_example thanks & see you at 5 <3"
    assert posts["1820000000000000001"].text == "The long text."
    assert export.owner is not None
    assert export.owner.platform_user_id == wanted["owner"]
    messages = only(MessageRecord, read("x_mentions", contracts / name))
    assert len({message.thread_id for message in messages}) == wanted["dm_conversations"]


@pytest.mark.parametrize("name", ["contacts.google-2024.csv", "contacts.vcf"])
def test_google_contacts(contracts: Path, expected: dict[str, Any], name: str) -> None:
    found, wanted = people("gmail_contacts", contracts / "google" / name), expected[f"google/{name}"]
    assert sum(not person.is_organisation for person in found) == wanted["people"]
    assert sum(person.is_organisation for person in found) == wanted["organisations_only"]
    assert sum(len(person.emails) for person in found) == wanted["emails"]
    assert found[0].name == "Dr. Ada King Example"
    assert found[0].phones == ("+12125550123",)
    assert found[1].name == "愛川翼"
    if "labels_first" in wanted:
        assert list(found[0].tags) == wanted["labels_first"]


def test_a_takeout_holds_everyone_once_though_they_are_in_two_groups(contracts: Path) -> None:
    takeout = contracts / "google/takeout-20261101T120000Z-001.zip"
    assert people("gmail_contacts", takeout) == people("gmail_contacts", contracts / "google/contacts.vcf")
    assert recognise(takeout) == ["gmail_contacts", "gmail_metadata"]


@pytest.mark.parametrize("name", ["All mail Including Spam and Trash.mbox", "takeout-20261101T120000Z-001.zip"])
def test_gmail_messages(contracts: Path, expected: dict[str, Any], name: str) -> None:
    export = open_export("gmail_metadata", contracts / "google" / name)
    messages = only(MessageRecord, list(export.items()))
    wanted = expected["google/All mail Including Spam and Trash.mbox"]
    assert (len(messages), len({message.thread_id for message in messages})) == (wanted["messages"], wanted["threads"])
    wrote = {email.normalized for each in messages if not each.is_bulk for who in each.people for email in who.emails}
    assert sorted(wrote) == wanted["correspondents_not_bulk"]
    assert export.owner is not None
    assert export.owner.email == "me@example.com"
    assert [message.direction for message in messages] == ["inbound", "outbound", "inbound", "inbound"]
    assert messages[2].people[0].name == "Zoë Fictional"


@pytest.mark.parametrize("name", ["email_list.examplepub.csv", "export-examplepub.zip"])
def test_substack_subscribers(contracts: Path, expected: dict[str, Any], name: str) -> None:
    items, wanted = (
        read("substack_contacts", contracts / "substack" / name),
        expected["substack/email_list.examplepub.csv"],
    )
    relations = Counter(relation for person in only(PersonRecord, items) for relation in person.relations)
    assert relations == {
        "subscriber": wanted["subscribers"],
        "paid_subscriber": wanted["paid"],
        "email_disabled": wanted["email_disabled"],
    }
    assert len(only(BadLine, items)) == wanted["invalid"]
    assert len(only(SkippedLine, items)) == wanted["duplicate_by_case"]


@pytest.mark.parametrize("name", ["posts.csv", "export-examplepub.zip"])
def test_substack_posts(contracts: Path, expected: dict[str, Any], name: str) -> None:
    items, wanted = read("substack_posts", contracts / "substack" / name), expected["substack/posts.csv"]
    statuses = Counter(post.status for post in only(PostRecord, items))
    assert statuses == {"published": wanted["published_posts"], "draft": wanted["drafts"]}
    assert len(only(SkippedLine, items)) == wanted["pages"]


def test_the_substack_feed_and_export_name_the_same_posts_by_the_same_address(
    contracts: Path, expected: dict[str, Any]
) -> None:
    feed = only(PostRecord, read("substack_posts", contracts / "substack/feed.xml"))
    export = only(PostRecord, read("substack_posts", contracts / "substack/export-examplepub.zip"))
    assert len(feed) == expected["substack/feed.xml"]["items"]
    assert {post.url for post in feed} == {post.url for post in export if post.status == "published"}
    assert feed[0].text == "Hi\nFull text of a free post."
