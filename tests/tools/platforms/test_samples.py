"""Small exports of every kind are read in full: each person, post and message, and nothing that is none."""

from collections import Counter
from pathlib import Path

import pytest

from onelane.tools.platforms.exports import open_export, recognise
from onelane.tools.platforms.formats.records import BadLine, MessageRecord, PersonRecord, PostRecord, SkippedLine
from tests.samples import folder, x_small
from tests.samples.people import OWNER_EMAIL, OWNER_ID, OWNER_NAME, OWNER_SLUG
from tests.tools.platforms.reading import only, people, read


@pytest.mark.parametrize("name", ["Connections.csv", "Connections.bom-crlf.csv"])
def test_linkedin_connections_are_read(samples: Path, name: str) -> None:
    items = read("linkedin_contacts", samples / "linkedin" / name)
    found = only(PersonRecord, items)
    assert len(found) == 6
    assert sum(len(person.emails) for person in found) == 2
    assert len(only(SkippedLine, items)) == 1
    assert str(found[0].connected_at) == "2023-03-15 00:00:00+00:00"
    assert found[2].name == "Zoë Björnvik-Ölund"
    assert found[2].platform_user_id == "zoë-björnvik"
    assert found[2].url == "https://www.linkedin.com/in/zo%C3%AB-bj%C3%B6rnvik"
    assert (found[4].title or "").split() == ["工程师,", "织造"]
    assert found[5].last_name == 'O\'Figment "Bibi"'


def test_linkedin_connections_of_an_older_generation_have_no_profiles(samples: Path) -> None:
    found = people("linkedin_contacts", samples / "linkedin/Connections.no-url-older.csv")
    assert [person.name for person in found] == ["Nora Winterfeld", "Otis Harbour", "Zoë Björnvik-Ölund"]
    assert [person.url for person in found] == [None] * 3


def test_linkedin_connections_without_a_single_one_are_none(samples: Path) -> None:
    assert read("linkedin_contacts", samples / "linkedin/Connections.header-only.csv") == []


def test_linkedin_messages_tell_groups_and_advertising_from_conversations(samples: Path) -> None:
    messages = only(MessageRecord, read("linkedin_contacts", samples / "linkedin/messages.csv"))
    alone = {person.url for message in messages if not message.is_group for person in message.people}
    groups = {message.thread_id for message in messages if message.is_group}
    assert (len(messages), alone, len(groups)) == (4, {"https://www.linkedin.com/in/nora-winterfeld-1901"}, 1)
    assert [message.direction for message in messages] == ["outbound", "inbound", "inbound", "inbound"]
    assert [message.is_bulk for message in messages] == [False, False, False, True]


def test_linkedin_invitations_go_both_ways(samples: Path) -> None:
    invitations = only(MessageRecord, read("linkedin_contacts", samples / "linkedin/Invitations.csv"))
    assert Counter(invitation.direction for invitation in invitations) == {"outbound": 1, "inbound": 1}
    assert {invitation.kind for invitation in invitations} == {"invitation"}


def test_the_linkedin_zip_is_the_same_as_the_single_files(samples: Path) -> None:
    export = open_export("linkedin_contacts", samples / folder.LINKEDIN_ZIP)
    single = [samples / "linkedin" / name for name in ("Connections.csv", "messages.csv", "Invitations.csv")]
    assert list(export.items()) == [item for path in single for item in read("linkedin_contacts", path)]
    assert export.owner is not None
    assert (export.owner.handle, export.owner.name, export.owner.email) == (OWNER_SLUG, OWNER_NAME, OWNER_EMAIL)
    assert export.total_items == 13


@pytest.mark.parametrize("name", [folder.X_ZIP, folder.X_FOLDER])
def test_an_x_archive_is_the_same_as_zip_and_as_folder(samples: Path, name: str) -> None:
    found = people("x_contacts", samples / name)
    relations = Counter(relation for person in found for relation in person.relations)
    assert (relations["follower"], relations["following"]) == (3, 2)
    assert [person.platform_user_id for person in found if "mutual" in person.relations] == [x_small.NORA]
    handles = {person.platform_user_id: person.handle for person in found if person.handle}
    assert handles == {x_small.NORA: x_small.NORA_HANDLE, x_small.OTIS: x_small.OTIS_HANDLE}

    export = open_export("x_tweets", samples / name)
    posts = {post.post_id: post for post in only(PostRecord, list(export.items()))}
    assert len(posts) == 4 == export.total_items
    assert posts[x_small.ANSWER].text == x_small.ANSWER_TEXT
    assert posts[x_small.LONG_POST].text == x_small.LONG_TEXT
    assert [posts[post].kind for post in (x_small.ANSWER, x_small.REPOST)] == ["reply", "repost"]
    assert export.owner is not None
    assert export.owner.platform_user_id == OWNER_ID

    messages = only(MessageRecord, read("x_mentions", samples / name))
    assert len({message.thread_id for message in messages}) == 1


@pytest.mark.parametrize(("name", "count", "addresses"), [("contacts.csv", 3, 4), ("contacts.vcf", 2, 3)])
def test_google_contacts_are_read_whichever_way_they_were_exported(
    samples: Path, name: str, count: int, addresses: int
) -> None:
    found = people("gmail_contacts", samples / "google" / name)
    assert sum(not person.is_organisation for person in found) == count
    assert sum(person.is_organisation for person in found) == 1
    assert sum(len(person.emails) for person in found) == addresses
    assert found[0].name == "Dr. Nora Elin Winterfeld"
    assert found[0].phones == ("+12125550147",)
    assert found[1].name == "想川光"


def test_the_labels_of_a_google_contact_are_its_tags(samples: Path) -> None:
    first, *_ = people("gmail_contacts", samples / "google/contacts.csv")
    assert list(first.tags) == ["Weavers", "Favourites", "myContacts"]


def test_a_takeout_holds_everyone_once_though_they_are_in_two_groups(samples: Path) -> None:
    takeout = samples / folder.TAKEOUT_ZIP
    assert people("gmail_contacts", takeout) == people("gmail_contacts", samples / "google/contacts.vcf")
    assert recognise(takeout) == ["gmail_contacts", "gmail_metadata"]


@pytest.mark.parametrize("name", [folder.MAILBOX, folder.TAKEOUT_ZIP])
def test_gmail_messages_tell_who_wrote_to_whom(samples: Path, name: str) -> None:
    export = open_export("gmail_metadata", samples / name)
    messages = only(MessageRecord, list(export.items()))
    assert (len(messages), len({message.thread_id for message in messages})) == (4, 3)
    wrote = {email.normalized for each in messages if not each.is_bulk for who in each.people for email in who.emails}
    assert sorted(wrote) == ["nora@example.com", "otis@example.com", "zoe@example.org"]
    assert export.owner is not None
    assert export.owner.email == OWNER_EMAIL
    assert [message.direction for message in messages] == ["inbound", "outbound", "inbound", "inbound"]
    assert messages[2].people[0].name == "Zoë Imagined"


@pytest.mark.parametrize("name", ["substack/email_list.samplepub.csv", folder.SUBSTACK_ZIP])
def test_substack_subscribers_are_told_from_those_who_switched_letters_off(samples: Path, name: str) -> None:
    items = read("substack_contacts", samples / name)
    relations = Counter(relation for person in only(PersonRecord, items) for relation in person.relations)
    assert relations == {"subscriber": 2, "paid_subscriber": 1, "email_disabled": 1}
    assert len(only(BadLine, items)) == 1
    assert len(only(SkippedLine, items)) == 1


@pytest.mark.parametrize("name", ["substack/posts.csv", folder.SUBSTACK_ZIP])
def test_substack_posts_are_told_from_drafts_and_pages(samples: Path, name: str) -> None:
    items = read("substack_posts", samples / name)
    assert Counter(post.status for post in only(PostRecord, items)) == {"published": 2, "draft": 1}
    assert len(only(SkippedLine, items)) == 1


def test_the_substack_feed_and_export_name_the_same_posts_by_the_same_address(samples: Path) -> None:
    feed = only(PostRecord, read("substack_posts", samples / "substack/feed.xml"))
    export = only(PostRecord, read("substack_posts", samples / folder.SUBSTACK_ZIP))
    assert len(feed) == 2
    assert {post.url for post in feed} == {post.url for post in export if post.status == "published"}
    assert feed[0].text == "Hi\nThe whole text of a free post."
    assert export[0].text == "Hi\nContinue here."
