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


@pytest.mark.parametrize(
    "date", ["", "Date: yesterday", "Date: Mon, 99 Foo 99999 99:99:99 +9999", "Date: Thu, 1 Jan 1970 00:00:00 +0000"]
)
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


def test_mailboxes_of_thunderbird_have_names_without_an_ending(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "profile.zip", "w") as container:
        for name in ("Inbox", "Drafts", "Unsent Messages", "Inbox.msf"):
            container.writestr(f"Mail/Local Folders/{name}", letter("From - Sat Nov 14 15:59:28 2026", "Ada"))
    assert len(only(MessageRecord, read("gmail_metadata", tmp_path / "profile.zip"))) == 1


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


HI = ["To: me@example.com", "Date: Mon, 02 Nov 2026 10:01:00 +0000", "Delivered-To: me@example.com", "", "hi", ""]


def letter(separator: str, name: str) -> str:
    """A message of a mailbox of another program, from a person of this name."""
    head = f"From: {name} <{name.lower()}@example.org>\nMessage-ID: <{name}@example.org>"
    return "\n".join([separator, head, *HI, ""])


@pytest.mark.parametrize(
    "separator",
    [
        "From - Sat Nov 14 15:59:28 2026",
        "From - Sat Nov 14 2026 15:59:28",
        "From ",
        "From - ",
        "\ufeffFrom - Sat Nov 14 15:59:28 2026",
        "From ada at example.org  Sat Jan  3 09:00:00 2026",
        "From ada@example.org Sat Jan  3 09:00:00 2026",
    ],
)
def test_a_separator_of_any_form_begins_a_message_where_a_head_follows(tmp_path: Path, separator: str) -> None:
    text = letter(separator, "Ada") + letter("From - Sat Nov 14 15:59:28 2026", "Bea") + letter(separator, "Cay")
    messages = only(MessageRecord, read("gmail_metadata", write(tmp_path / "Inbox.mbox", text)))
    assert [message.people[0].name for message in messages] == ["Ada", "Bea", "Cay"]


def test_a_byte_order_mark_does_not_cost_the_first_message(tmp_path: Path) -> None:
    text = letter("From - Sat Nov 14 15:59:28 2026", "Ada") + letter("From - Sat Nov 14 15:59:28 2026", "Bea")
    messages = only(MessageRecord, read("gmail_metadata", write(tmp_path / "Inbox.mbox", text, "utf-8-sig")))
    assert len(messages) == 2


def test_a_sentence_that_begins_with_from_is_no_separator(tmp_path: Path) -> None:
    sentence = "Regards\n\nFrom the desk of Ada\nFrom: Eve <eve@example.net>\nTo: all\n\n"
    text = letter("From - Sat Nov 14 15:59:28 2026", "Ada") + sentence + letter("From - ", "Bea")
    items = read("gmail_metadata", write(tmp_path / "Inbox.mbox", text))
    assert [message.people[0].name for message in only(MessageRecord, items)] == ["Ada", "Bea"]
    assert len(only(SkippedLine, items)) == 1


@pytest.mark.parametrize(
    "line",
    [f"From {'0123456789' * 4} Mon Sep 17 00:00:00 2001", "From eve@example.net Sat Nov 14 12:00:00 2026", "From "],
)
def test_a_head_in_a_body_of_a_takeout_is_no_message_and_is_counted(tmp_path: Path, line: str) -> None:
    body = f"Patch below\n\n{line}\nFrom: Eve <eve@example.net>\nDate: Tue, 3 Nov 2026 11:00:00 +0000\n\n---\n"
    items = read("gmail_metadata", write(tmp_path / "all.mbox", SENT + mail(2, "From: ada@example.com", body=body)))
    assert len(only(MessageRecord, items)) == 2
    assert [skipped.line for skipped in only(SkippedLine, items)] == [14]


@pytest.mark.parametrize(("more", "names"), [(0, ["Ada", "Bea"]), (7, ["Ada", "Eve", "Bea"])])
def test_a_content_length_counts_where_a_message_follows_it(tmp_path: Path, more: int, names: list[str]) -> None:
    inner = "x\n\n" + letter("From eve@example.net Sat Nov 14 12:00:00 2026", "Eve")
    head = f"From: Ada <ada@example.org>\nDelivered-To: me@example.com\nContent-Length: {len(inner) + more}\n\n"
    text = f"From ada@example.org Sat Nov 14 15:59:28 2026\n{head}{inner}"
    text += letter("From bea@example.org Sat Nov 14 16:59:28 2026", "Bea")
    messages = only(MessageRecord, read("gmail_metadata", write(tmp_path / "Inbox.mbox", text)))
    assert [message.people[0].name for message in messages] == names


def test_every_address_that_the_owner_sends_from_is_the_owners(tmp_path: Path) -> None:
    early = mail(2, "X-Gmail-Labels: Inbox", "From: Me <me@work.example>", "To: me@example.com")
    later = mail(3, "X-Gmail-Labels: Sent", "From: Me <me@work.example>", "To: ada@example.com")
    messages = only(MessageRecord, read("gmail_metadata", write(tmp_path / "all.mbox", SENT + early + later)))
    assert [[person.emails[0].address for person in message.people] for message in messages] == [
        ["ada@example.com"],
        [],
        ["ada@example.com"],
    ]


def test_mail_from_the_future_has_the_day_on_which_it_arrived(tmp_path: Path) -> None:
    message = one(tmp_path, "From: ada@example.com", "Date: Wed, 1 Jan 2098 00:00:00 +0000")
    assert str(message.sent_at) == "2026-09-01 09:00:00+00:00"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("=?iso-8859-8-i?B?4+Xi7uQg8OXy5A==?= <a@example.org>", "דוגמה נועה"),
        ("=?cp-850?Q?J=81rgen?= <a@example.org>", "Jürgen"),
        ("=?win-1251?Q?=C8=E2=E0=ED?= <a@example.org>", "Иван"),
        ("=?UTF-8?Q?Broken_=C3?= <a@example.org>", "Broken"),
        ("=?x-unknown?Q?J=FCrgen?= <a@example.org>", "Jürgen"),
        ("=?nobody-knows-this?Q?J=C3=BCrgen?= <a@example.org>", "Jürgen"),
        ("=?UTF-8?B?4pyTIEdyYWNlI?= <a@example.org>", "✓ Grace"),
        ("=?UTF-8?Q?J=C3?= =?UTF-8?Q?=BCrgen?= <a@example.org>", "Jürgen"),
        ("=?nobody-knows-this?X?zz?= <a@example.org>", None),
        ("Example, Ada <a@example.org>", "Example, Ada"),
        ("Fay Phi [fay@example.org]", "Fay Phi"),
        ("fay at example.org (Fay Phi)", "Fay Phi"),
        ("Ada Example/Sales/Acme <a@example.org>", "Ada Example"),
        ("Ada/Bo Example <a@example.org>", "Ada/Bo Example"),
        ("Ada &amp; Bo <a@example.org>", "Ada & Bo"),
        ("'Ada Example' via Team <a@example.org>", "Team"),
        ("\"'Bo' via Sales\" <sales@example.org>", "Sales"),
        ("Ada Example via DocuSign <dse@example.org>", "DocuSign"),
        ('"Ada Example (via Google Docs)" <a@example.org>', "Google Docs"),
        ("Maria Via <a@example.org>", "Maria Via"),
    ],
)
def test_a_name_is_decoded_as_far_as_it_can_be(header: str, name: str | None) -> None:
    assert correspondents(header)[0].name == name


@pytest.mark.parametrize(("name", "page"), [("김민수", "cp949"), ("陳淑芬", "cp950"), ("田中太郎", "cp932")])
def test_a_header_that_is_not_encoded_is_read_in_the_page_that_it_is_in(tmp_path: Path, name: str, page: str) -> None:
    text = mail(1, f"From: {name} <a@example.org>", "Delivered-To: me@example.com")
    path = tmp_path / "a.mbox"
    path.write_bytes(text.encode(page))
    (message,) = only(MessageRecord, read("gmail_metadata", path))
    assert message.people[0].name == name


@pytest.mark.parametrize(
    "address",
    ["jan.bot@x.example", "nora.reply@x.example", "daemonica@x.example", "deal.hudson@x.example",
     "ada@bounce-fitness.example", "ada@docusign.com", "ada@alerts.example", "ada+acct@x.example"],
)  # fmt: skip
def test_a_name_that_looks_like_a_machines_is_a_persons(tmp_path: Path, address: str) -> None:
    assert not one(tmp_path, f"From: Jane <{address}>").is_bulk


def test_what_a_mail_program_keeps_for_itself_is_no_error(tmp_path: Path) -> None:
    items = read("gmail_metadata", write(tmp_path / "a.mbox", mail(1, "From: Data <MAILER-DAEMON@host>")))
    assert [type(item) for item in items] == [SkippedLine]


@pytest.mark.parametrize(
    "address",
    ["comments-noreply@x.example", "list+bounces-12@x.example", "calendar-notification@x.example",
     "reply+a1b2@x.example", "keine-antwort@x.example",
     "srs0=1a=2b=y.example=ada@x.example", "msprvs1=18x=bounces-1@x.example", "invitations@x.example",
     "sc.no_reply@x.example", "benachrichtigung@x.example", "notificaciones@x.example", "reply-fe12@x.example",
     "list-owner@x.example", "cron@x.example", "ship-confirm@x.example", "shipment-tracking@x.example",
     "unmonitored@x.example", "offers@x.example", "store-news@x.example", "voicemail@x.example", "svara-ej@x.example",
     "auto@x.example", "root@host.x.example",
     "12345+ada@users.noreply.x.example", "ada=y.example@bounces.x.example", "0100-abc@eu.amazonses.com",
     "dse_na3@docusign.net", "dse@eumail.docusign.net", "invoice+statements+acct_1a2b@x.example",
     "hello@notifications.x.example", "adobesign@adobesign.com"],
)  # fmt: skip
def test_an_automatic_sender_is_bulk_wherever_the_word_stands(tmp_path: Path, address: str) -> None:
    assert one(tmp_path, f"From: Jane <{address}>").is_bulk
