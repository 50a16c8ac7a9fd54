"""Mailboxes unlike the sample."""

import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onelane.tools.platforms.exports import open_export
from onelane.tools.platforms.formats.records import BadLine, MessageRecord, SkippedLine
from onelane.tools.platforms.google.correspondents import correspondents
from onelane.tools.platforms.google.gmail_labels import gmail_labels
from tests.samples.google import mbox
from tests.tools.platforms.reading import only, read, write


def mail(number: int, *headers: str, body: str = "A secret.") -> str:
    head = "\n".join(headers)
    return f"From 18000000000000000{number:02}@xxx Tue Sep 01 09:00:00 +0000 2026\n{head}\n\n{body}\n\n"


SENT = mail(
    1,
    "X-Gmail-Labels: Sent",
    "From: Me <me@example.com>",
    "To: ada@example.com",
    "Date: Tue, 1 Sep 2026 09:00:00 +0200",
)


def one(tmp_path: Path, *headers: str) -> MessageRecord:
    """The record of one message with these headers, in a mailbox whose owner is known."""
    messages = only(MessageRecord, read("gmail_metadata", write(tmp_path / "all.mbox", SENT + mail(2, *headers))))
    return messages[1]


def test_bodies_and_subjects_of_mail_are_not_kept(tmp_path: Path) -> None:
    message = one(tmp_path, "From: ada@example.com", "To: me@example.com", "Subject: A secret subject")
    assert "secret" not in repr(message)


def test_a_body_that_looks_like_a_mailbox_is_no_message(tmp_path: Path) -> None:
    body = "From me to you\n>From 1@xxx Tue Sep 01 09:00:00 2026\n\nFrom here on\n\nFrom: eve@example.com\n"
    path = write(tmp_path / "all.mbox", SENT + mail(2, "From: ada@example.com", body=body))
    assert len(read("gmail_metadata", path)) == 2


def test_ids_are_those_of_gmails_interface(tmp_path: Path) -> None:
    message = one(tmp_path, "X-GM-THRID: 1840000000000000001", "From: ada@example.com", "Message-ID: <m@example.com>")
    assert (message.message_id, message.thread_id) == (f"{1800000000000000002:x}", f"{1840000000000000001:x}")


def test_a_mailbox_of_another_program_has_the_ids_of_its_messages(tmp_path: Path) -> None:
    text = (
        "From - Tue Sep  1 09:00:00 2026\nFrom: ada@example.com\nMessage-ID: <b@x>\nReferences: <a@x>\n <c@x>\n\nHi\n"
    )
    (message,) = only(MessageRecord, read("gmail_metadata", write(tmp_path / "Inbox.mbox", text)))
    assert (message.message_id, message.thread_id, message.direction) == ("b@x", "a@x", "inbound")
    assert str(message.sent_at) == "2026-09-01 09:00:00+00:00"


def test_folded_encoded_and_crooked_headers_are_read(tmp_path: Path) -> None:
    message = one(
        tmp_path,
        "FROM: =?iso-8859-1?q?Zo=EB_Fiction?=\n =?utf-8?q?al?=\n\t<Zoe@Example.org>",
        "To: undisclosed-recipients:;",
        "a line that is no header",
        "Date: Tue, 01 Sep 2026 11:00:00 -0000 (UTC)",
    )
    assert message.people[0].name == "Zoë Fictional"
    assert message.people[0].emails[0].normalized == "zoe@example.org"
    assert str(message.sent_at) == "2026-09-01 11:00:00+00:00"


@pytest.mark.parametrize("date", ["", "Date: yesterday", "Date: Mon, 99 Foo 99999 99:99:99 +9999"])
def test_a_broken_date_is_that_of_the_separator(tmp_path: Path, date: str) -> None:
    assert str(one(tmp_path, "From: ada@example.com", date or "X: y").sent_at) == "2026-09-01 09:00:00+00:00"


def test_the_other_side_of_what_was_sent_are_all_recipients(tmp_path: Path) -> None:
    message = one(
        tmp_path,
        "From: ME@example.com",
        'To: "Example, Ada" <ada@example.com>, me@example.com',
        "Cc: Grace <grace@example.com>, not an address",
        "Bcc: zoe@example.org, ADA@example.com",
    )
    assert (message.direction, message.is_group) == ("outbound", True)
    assert [(person.name, person.emails[0].normalized) for person in message.people] == [
        ("Example, Ada", "ada@example.com"),
        ("Grace", "grace@example.com"),
        (None, "zoe@example.org"),
    ]


def test_the_other_side_of_what_came_in_is_who_wrote(tmp_path: Path) -> None:
    message = one(tmp_path, "From: ada@example.com", "To: me@example.com, grace@example.com")
    assert [person.emails[0].address for person in message.people] == ["ada@example.com"]
    assert (message.direction, message.is_group) == ("inbound", True)


@pytest.mark.parametrize(
    "header",
    [
        "List-Unsubscribe: <https://example.net/u>",
        "List-Id: <news.example.net>",
        "Precedence: bulk",
        "Auto-Submitted: auto-replied",
        "X-Gmail-Labels: Spam",
        "X-Gmail-Labels: Posteingang,Kategorie: Werbung",
        "X-Gmail-Labels: =?UTF-8?Q?Cat=C3=A9gorie_:_Promotions?=",
    ],
)
def test_bulk_mail_is_told_from_mail_that_a_person_wrote(tmp_path: Path, header: str) -> None:
    assert one(tmp_path, "From: ada@example.com", "To: me@example.com", header).is_bulk


@pytest.mark.parametrize(
    "address", ["no-reply@x.example.com", "noreply+1@x.example.com", "Mailer-Daemon@x.example.com"]
)
def test_mail_to_addresses_that_nobody_reads_is_no_correspondence(tmp_path: Path, address: str) -> None:
    assert one(tmp_path, f"From: {address}", "To: me@example.com").is_bulk


@pytest.mark.parametrize("header", ["Auto-Submitted: no", "X-Gmail-Labels: Inbox,Category Updates", "X: y"])
def test_mail_that_a_person_wrote_is_not_taken_for_bulk(tmp_path: Path, header: str) -> None:
    assert not one(tmp_path, "From: norepland@example.com", "To: me@example.com", header).is_bulk


@pytest.mark.parametrize("label", ["Gesendet", "=?UTF-8?Q?Messages_envoy=C3=A9s,Ouvert?=", "送信済み"])
def test_sent_mail_is_known_in_other_languages(tmp_path: Path, label: str) -> None:
    assert (
        one(tmp_path, f"X-Gmail-Labels: {label}", "From: alias@example.com", "To: ada@example.com").direction
        == "outbound"
    )


def test_labels_that_are_garbled_are_none() -> None:
    assert gmail_labels("x" * 200_000).names == ()
    assert gmail_labels("a\rb,c").names == ("a b", "c")


def test_a_label_may_hold_a_comma() -> None:
    assert gmail_labels('Inbox,"Friends, old",Opened').names == ("Inbox", "Friends, old", "Opened")


def test_drafts_are_skipped_and_what_has_no_sender_is_named(tmp_path: Path) -> None:
    text = SENT + mail(2, "From: me@example.com", "X-Gmail-Labels: Drafts") + mail(3, "To: me@example.com")
    items = read("gmail_metadata", write(tmp_path / "all.mbox", text))
    assert [type(item) for item in items] == [MessageRecord, SkippedLine, BadLine]


def test_headers_without_an_end_are_named_and_passed_over(tmp_path: Path) -> None:
    endless = mail(2, "From: ada@example.com", *["X-Long: " + "x" * 1000] * 1200)
    items = read("gmail_metadata", write(tmp_path / "all.mbox", SENT + endless + mail(3, "From: ada@example.com")))
    assert [type(item) for item in items] == [MessageRecord, BadLine, MessageRecord]
    assert [item.line for item in items] == [1, 9, 1214]


def test_without_sent_mail_the_owner_is_to_whom_most_was_delivered(tmp_path: Path) -> None:
    text = mail(1, "Delivered-To: me@example.com", "From: ada@example.com") * 2 + mail(
        2, "From: me@example.com", "To: b@example.com"
    )
    export = open_export("gmail_metadata", write(tmp_path / "all.mbox", text))
    assert export.owner is not None
    assert export.owner.email == "me@example.com"
    assert [message.direction for message in only(MessageRecord, list(export.items()))][-1] == "outbound"


def test_a_takeout_by_labels_holds_each_message_once(tmp_path: Path) -> None:
    text = mbox(tmp_path / "all.mbox", 20).read_text()
    with zipfile.ZipFile(tmp_path / "takeout.zip", "w") as container:
        container.writestr("Takeout/Mail/Inbox.mbox", text)
        container.writestr("Takeout/Mail/Important.mbox", text[: len(text) // 2])
    assert len(only(MessageRecord, read("gmail_metadata", tmp_path / "takeout.zip"))) == 20


def test_windows_line_ends_are_read(tmp_path: Path) -> None:
    unix = read("gmail_metadata", mbox(tmp_path / "a.mbox", 20))
    windows = read(
        "gmail_metadata", write(tmp_path / "b.mbox", (tmp_path / "a.mbox").read_text().replace("\n", "\r\n"))
    )
    assert windows == unix


@given(st.text(max_size=80))
def test_no_header_upsets_the_address_reader(text: str) -> None:
    for person in correspondents(text):
        assert "@" in person.address


@given(st.binary(max_size=200))
def test_no_head_upsets_the_mailbox_reader(tmp_path_factory: pytest.TempPathFactory, head: bytes) -> None:
    path = tmp_path_factory.mktemp("mbox") / "all.mbox"
    path.write_bytes(
        SENT.encode() + b"From 1@xxx Tue Sep 01 09:00:00 +0000 2026\nFrom: " + head + b"\n\nHi\n\n" + SENT.encode()
    )
    assert len(read("gmail_metadata", path)) >= 3
