"""Whose a mailbox is, and what is sent mail and what a draft where the words of its labels are not known."""

import zipfile
from pathlib import Path

import pytest

from onelane.tools.platforms.exports import open_export
from onelane.tools.platforms.formats.records import MessageRecord, Owner, SkippedLine
from tests.tools.platforms.reading import only, read, write
from tests.tools.platforms.test_gmail_export import mail

ME = "From: Me <me@example.com>"
GOT = mail(1, "X-Gmail-Labels: Qbzrvf", "Delivered-To: me@example.com", "From: ada@example.com", "To: me@example.com")
"""Mail that came in, in an account whose words nobody knows."""
SENT = mail(2, "X-Gmail-Labels: Frag", ME, "To: ada@example.com")
DRAFT = mail(3, "X-Gmail-Labels: Ragjhes", ME, "To: target@example.org")


def messages(tmp_path: Path, text: str, name: str = "All mail.mbox") -> list[MessageRecord]:
    return only(MessageRecord, read("gmail_metadata", write(tmp_path / name, text)))


def partners(found: list[MessageRecord]) -> list[tuple[str, list[str]]]:
    return [(each.direction, [person.emails[0].address for person in each.people]) for each in found]


def test_a_draft_is_known_without_its_word_where_others_tell_what_was_sent(tmp_path: Path) -> None:
    assert partners(messages(tmp_path, GOT + SENT + DRAFT)) == [
        ("inbound", ["ada@example.com"]),
        ("outbound", ["ada@example.com"]),
    ]


def test_what_is_sent_by_another_address_under_an_unknown_label_is_the_owners(tmp_path: Path) -> None:
    alias = mail(4, "X-Gmail-Labels: Frag", "From: Me <alias@example.com>", "To: bea@example.org")
    heard = mail(5, "X-Gmail-Labels: Qbzrvf", "Delivered-To: me@example.com", "From: Me <alias@example.com>")
    assert partners(messages(tmp_path, GOT + SENT + alias + heard))[2] == ("outbound", ["bea@example.org"])


def test_where_nothing_tells_drafts_from_what_was_sent_both_stay(tmp_path: Path) -> None:
    strange = mail(2, "X-Gmail-Labels: Frag", ME, "To: other@example.org")
    assert len(messages(tmp_path, GOT + strange + DRAFT)) == 3


def test_a_label_that_is_also_on_mail_that_came_in_is_no_draft(tmp_path: Path) -> None:
    got = mail(4, "X-Gmail-Labels: Ragjhes", "Delivered-To: me@example.com", "From: bea@example.org")
    assert len(messages(tmp_path, GOT + SENT + DRAFT + got)) == 4


def test_mail_that_was_moved_here_is_no_draft_and_neither_is_mail_to_oneself(tmp_path: Path) -> None:
    sent = mail(5, "X-Gmail-Labels: Sent", ME, "To: ada@example.com")
    moved = "".join(mail(number, "X-Gmail-Labels: Old account", ME, "To: ada@example.com") for number in (6, 7))
    to_oneself = mail(8, "X-Gmail-Labels: Inbox", ME, "To: me@example.com")
    assert len(messages(tmp_path, sent + moved + to_oneself)) == 4


def test_a_draft_in_a_language_whose_word_for_sent_is_known_is_none_that_was_sent(tmp_path: Path) -> None:
    sent = mail(5, "X-Gmail-Labels: Sent", ME, "To: ada@example.com")
    items = read("gmail_metadata", write(tmp_path / "a.mbox", sent + DRAFT))
    assert [type(item) for item in items] == [MessageRecord, SkippedLine]


@pytest.mark.parametrize(
    ("name", "kept"),
    [("Sent.mbox", [("outbound", ["bea@example.org"])]), ("Sent-1.mbox", [("outbound", ["bea@example.org"])]),
     ("Entwürfe.mbox", []), ("Inbox.mbox", [("inbound", ["me@work.example"])])],
)  # fmt: skip
def test_the_name_of_a_mailbox_without_labels_tells_what_is_in_it(
    tmp_path: Path, name: str, kept: list[tuple[str, list[str]]]
) -> None:
    letter = "From - Tue Sep  1 09:00:00 2026\nFrom: me@work.example\nTo: bea@example.org\nDate: x\n\nHi\n"
    assert partners(messages(tmp_path, letter, name)) == kept


def test_all_accounts_of_an_archive_are_the_owners(tmp_path: Path) -> None:
    def got(number: int, to: str, sender: str) -> str:
        return mail(number, f"Delivered-To: {to}", f"From: {sender}", f"To: {to}")

    home = got(1, "me@example.com", "ada@example.com") + got(2, "me@example.com", "me@work.example")
    work = got(3, "me@work.example", "bea@example.org") + got(4, "me@work.example", "me@example.com")
    with zipfile.ZipFile(tmp_path / "mail.zip", "w") as container:
        container.writestr("home/Inbox.mbox", home)
        container.writestr("work/Inbox.mbox", work)
    found = only(MessageRecord, read("gmail_metadata", tmp_path / "mail.zip"))
    people = [person.emails[0].address for each in found for person in each.people]
    assert people == ["ada@example.com", "bea@example.org"]


def test_a_list_to_which_mail_was_delivered_is_not_the_owner(tmp_path: Path) -> None:
    listed = "".join(
        mail(number, "Delivered-To: talk@lists.example", "List-Id: <talk>", "From: a@example.org") for number in (1, 2)
    )
    path = write(tmp_path / "a.mbox", listed + mail(3, "Delivered-To: me@example.com", "From: ada@example.com"))
    assert open_export("gmail_metadata", path).owner == Owner(email="me@example.com")
