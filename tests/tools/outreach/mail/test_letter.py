"""A letter is the same on every attempt, and nothing that is written in it becomes a header."""

import email
from dataclasses import replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import parseaddr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onelane.tools.outreach.mail.letter import (
    BadLetter,
    Letter,
    WireLetter,
    action_id_of,
    new_message_id,
    reply_subject,
    to_wire,
)

LETTER = Letter(
    action_id="out_0d1e2f",
    message_id="<out_0d1e2f.k7qf@example.com>",
    date=datetime(2026, 11, 2, 9, tzinfo=UTC),
    from_address="ada@example.com",
    sender_name="Ada Example",
    to_address="grace@example.org",
    subject="Compilers",
    text="Hello Grace,\n\nshall we talk?\n",
)
TOKEN = "mfrggzdfmztwq2lk"


def read(wire: WireLetter) -> EmailMessage:
    """The letter as the receiver's mail program reads it."""
    return email.message_from_bytes(wire.content.replace(b"\r\n", b"\n"), policy=default)


def test_a_plain_letter_has_the_headers_that_receivers_want() -> None:
    read_back = read(to_wire(LETTER))
    assert read_back.items() == [
        ("Message-ID", "<out_0d1e2f.k7qf@example.com>"),
        ("Date", "Mon, 02 Nov 2026 09:00:00 +0000"),
        ("From", "Ada Example <ada@example.com>"),
        ("To", "grace@example.org"),
        ("Subject", "Compilers"),
        ("X-Onelane-Action", "out_0d1e2f"),
        ("MIME-Version", "1.0"),
        ("Content-Type", 'text/plain; charset="utf-8"'),
        ("Content-Transfer-Encoding", "7bit"),
    ]
    assert read_back.get_content() == "Hello Grace,\n\nshall we talk?\n"


@settings(max_examples=60, deadline=None)
@given(
    st.text(alphabet="ab .\n\r\t\0\x0b\x0c\x1c\x85-=From>é", max_size=200)
    | st.lists(st.text(alphabet="ab é=.ß ", max_size=120), max_size=14).map("\n".join)
)
def test_a_plain_text_is_written_as_the_library_of_mail_writes_it(text: str) -> None:
    body = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    body["MIME-Version"] = "1.0"
    body.set_content(text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", ""))
    assert to_wire(replace(LETTER, text=text)).content.endswith(b"\r\n" + body.as_bytes())


def test_a_letter_is_the_same_on_every_attempt() -> None:
    with_html = replace(LETTER, html="<p>Hällo</p>", unsubscribe_token=TOKEN)
    assert to_wire(with_html) == to_wire(with_html)


def test_a_letter_with_html_has_its_plain_text_first() -> None:
    parts = list(read(to_wire(replace(LETTER, html="<p>Grüße =_out_0d1e2f</p>"))).iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert parts[1].get_content() == "<p>Grüße =_out_0d1e2f</p>\n"


def test_a_follow_up_names_the_earlier_letters_and_has_their_subject() -> None:
    long_id = f"<{'q' * 150}@mail.example>"
    follow_up = replace(
        LETTER,
        subject=reply_subject("Compilers"),
        in_reply_to="<second@example.com>",
        references=(long_id, "<second@example.com>"),
    )
    read_back = read(to_wire(follow_up))
    assert read_back["Subject"] == "Re: Compilers"
    assert read_back["In-Reply-To"] == "<second@example.com>"
    assert read_back["References"].split() == [long_id, "<second@example.com>"]
    assert reply_subject("RE: Compilers") == "RE: Compilers"


def test_a_foreign_message_id_with_a_line_break_is_left_out() -> None:
    follow_up = replace(LETTER, in_reply_to="<a@b>\r\nBcc: eve@example.com", references=("<c@d>\nX: y", "e f"))
    read_back = read(to_wire(follow_up))
    assert read_back["In-Reply-To"] is None
    assert read_back["Bcc"] is None
    assert read_back["References"].split() == ["<c@d>", "<a@b>"]


def test_the_way_out_is_by_mail_and_with_a_public_address_by_a_click() -> None:
    by_mail = read(to_wire(replace(LETTER, unsubscribe_token=TOKEN)))
    assert by_mail["List-Unsubscribe"] == f"<mailto:ada@example.com?subject=unsubscribe%20{TOKEN}>"
    assert by_mail["List-Unsubscribe-Post"] is None
    by_click = read(to_wire(replace(LETTER, unsubscribe_token=TOKEN, public_url="https://lane.example.org/")))
    assert by_click["List-Unsubscribe"].split() == [
        f"<mailto:ada@example.com?subject=unsubscribe%20{TOKEN}>,",
        f"<https://lane.example.org/u/{TOKEN}>",
    ]
    assert by_click["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    # RFC 8058 wants https.
    without_tls = read(to_wire(replace(LETTER, unsubscribe_token=TOKEN, public_url="http://lane.example.org")))
    assert without_tls["List-Unsubscribe-Post"] is None


@settings(max_examples=50)
@given(st.text(), st.text(), st.text())
def test_no_name_and_no_subject_becomes_a_header(sender_name: str, to_name: str, subject: str) -> None:
    written = replace(LETTER, sender_name=sender_name, to_name=to_name, subject=subject)
    read_back = read(to_wire(written))
    assert read_back.keys() == read(to_wire(LETTER)).keys()
    assert read_back["From"].addresses[0].addr_spec == "ada@example.com"
    assert [address.addr_spec for address in read_back["To"].addresses] == ["grace@example.org"]


@pytest.mark.parametrize(
    "text",
    [
        "Line one\r\nBcc: eve@example.com",
        "a\nb\rc\x0bd\x0ce\x85f\u2028g\u2029h\x00i",
        "=?utf-8?q?already?= encoded",
        "Grüße aus München, und noch viel mehr davon: " * 10,
        "x" * 3000,
        'Doe, Jane "JD" \\ (Example)',
        "日本語の件名",
    ],
)
def test_a_subject_and_a_name_arrive_as_they_were_written_on_one_line(text: str) -> None:
    read_back = read(to_wire(replace(LETTER, subject=text, sender_name=text)))
    one_line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    assert read_back["Subject"] == one_line
    # The library's newer reader puts blanks between the encoded words of a long name; this one does not.
    name, address = parseaddr(email.message_from_bytes(to_wire(replace(LETTER, sender_name=text)).content)["From"])
    assert (str(make_header(decode_header(name))), address) == (one_line, "ada@example.com")
    assert read_back["Bcc"] is None


@settings(max_examples=50)
@given(st.text(max_size=400))
def test_a_text_arrives_as_it_was_written_in_short_lines_of_seven_bits(text: str) -> None:
    wire = to_wire(replace(LETTER, text=text))
    assert wire.content.isascii()
    assert max(map(len, wire.content.split(b"\r\n"))) <= 998
    assert b"\n" not in wire.content.replace(b"\r\n", b"")
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").encode(errors="replace").decode()
    assert read(wire).get_content().replace("\r\n", "\n").rstrip("\n") == plain.rstrip("\n")


@pytest.mark.parametrize(
    ("address", "on_the_wire"),
    [
        ("grace@bücher.example", "grace@xn--bcher-kva.example"),
        ("Grace.Hopper+x@Example.ORG", "Grace.Hopper+x@example.org"),
        ('"grace hopper"@example.org', '"grace hopper"@example.org'),
        ('"a\\"b@c"@example.org', '"a\\"b@c"@example.org'),
        ("grüße@example.org", "grüße@example.org"),
    ],
)
def test_an_unusual_address_goes_out_as_servers_know_it(address: str, on_the_wire: str) -> None:
    wire = to_wire(replace(LETTER, to_address=address))
    assert wire.recipient == on_the_wire
    assert wire.needs_smtputf8 is (not on_the_wire.isascii())


@pytest.mark.parametrize(
    "address",
    [
        "grace@example.org\r\nBcc: eve@example.com",
        "grace hopper@example.org",
        "grace@example.org>, <eve@example.com",
        "(a comment) grace@example.org",
        "a@b@example.org",
        '"a\r\nb"@example.org',
        "@example.org",
        "grace@",
        "grace@exa mple.org",
        "grace",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(BadLetter, match="no address"):
        to_wire(replace(LETTER, to_address=address))


def test_a_message_id_stands_at_the_senders_domain_and_names_the_action() -> None:
    made = new_message_id("out_0d1e2f", "ada@bücher.example", "K7qf_-2")
    assert made == "<out_0d1e2f.K7qf_-2@xn--bcher-kva.example>"
    assert action_id_of(made) == "out_0d1e2f"
    assert action_id_of("<CAB.x@mail.example>") is None
