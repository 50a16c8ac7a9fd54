"""A mailbox is read from where it was left, and looks afterwards as before."""

import socket
from datetime import UTC, datetime
from pathlib import Path
from traceback import format_exception

import pytest

from onelane.tools.outreach.mail.imap import FolderPlace, ImapFailed, ImapSession
from onelane.tools.outreach.mail.mail_facts import MOST_BYTES
from onelane.tools.outreach.mail.mail_server import MailServer, Security, tls_context
from onelane.tools.outreach.mail.providers import PROVIDERS, provider_of
from tests.tools.outreach.mail.imap_server import IMAP_PASSWORD, ImapBox, running_imap
from tests.tools.outreach.mail.mail_servers import write_certificate
from tests.tools.outreach.mail.sample_mail import Mail
from tests.worlds.clock import WorldClock
from tests.worlds.wire import Talk, Wire

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def session_with(
    server: MailServer, *, password: str = IMAP_PASSWORD, trusted: Path | None = None, timeout_seconds: float = 30
) -> ImapSession:
    trust = tls_context(None if trusted is None else str(trusted))
    return ImapSession(server, password, timeout_seconds=timeout_seconds, tls=trust)


def read(session: ImapSession, after: FolderPlace | None = None, folder: str = "INBOX") -> list[int]:
    return [head.uid for page in session.new_heads(folder, after, since=LONG_AGO) for head in page]


def test_only_what_came_in_since_the_last_look_is_read(imap_box: ImapBox) -> None:
    imap_box.deliver(bytes(Mail("one")))
    with session_with(imap_box.server) as session:
        first = session.place_of("INBOX")
        assert read(session) == [1]
        assert read(session, first) == []
        imap_box.deliver(bytes(Mail("two")))
        assert read(session, first) == [2]
        assert session.place_of("INBOX") == FolderPlace(first.uid_validity, 2)


def test_a_folder_whose_ids_are_others_by_now_is_read_by_its_dates(imap_box: ImapBox) -> None:
    imap_box.deliver(bytes(Mail("one")))
    with session_with(imap_box.server) as session:
        place = session.place_of("INBOX")
        assert read(session, FolderPlace(place.uid_validity + 1, 7)) == [1]
        assert [*session.new_heads("INBOX", None, since=datetime(2999, 1, 1, tzinfo=UTC))] == []


def test_reading_marks_nothing(imap_box: ImapBox) -> None:
    imap_box.deliver(bytes(Mail("one")))
    with session_with(imap_box.server) as session:
        page = next(session.new_heads("INBOX", None, since=LONG_AGO))
        assert page[0].content.startswith(b"From: Grace Example")
        assert b"one" not in page[0].content
        content = session.content("INBOX", 1)
        assert content is not None
        assert content.endswith(b"\r\n\r\none")
        assert session.content("INBOX", 99) is None
    assert imap_box.flags() == [""]


def test_of_a_long_mail_the_beginning_is_read(imap_box: ImapBox) -> None:
    imap_box.deliver(bytes(Mail("long\n" * 200_000)))
    with session_with(imap_box.server) as session:
        content = session.content("INBOX", 1)
    assert content is not None
    assert len(content) == MOST_BYTES


def test_what_was_taken_for_junk_is_looked_at_too(imap_box: ImapBox) -> None:
    imap_box.deliver(bytes(Mail("one")), folder="Junk")
    with session_with(imap_box.server) as session:
        assert session.inbound_folders() == ["INBOX", "Junk"]
        assert read(session, folder="Junk") == [1]


def test_a_copy_in_sent_is_found_again_by_our_header_and_by_its_id(imap_box: ImapBox) -> None:
    kept = b"Message-ID: <replaced@server.example>\r\nX-Onelane-Action: out_1\r\nSubject: x\r\n\r\nHello\r\n"
    with session_with(imap_box.server) as session:
        assert session.append_to_sent(kept, sent_at=datetime(2026, 11, 2, tzinfo=UTC))
        assert session.find_sent("out_1", "<out_1.k7@example.com>") == "<replaced@server.example>"
        assert session.find_sent("out_2", "<replaced@server.example>") == "<replaced@server.example>"
        assert session.find_sent("out_2", "<out_2.k7@example.com>") is None
    assert imap_box.flags("Sent") == ["S"]


def test_a_wrong_password_is_told_and_not_quoted(imap_box: ImapBox) -> None:
    with pytest.raises(ImapFailed, match="refuses user and password") as failed:
        session_with(imap_box.server, password="hunter22").__enter__()
    assert failed.value.is_signed_out
    assert "hunter22" not in str(failed.value)


class Refusing(Talk):
    """A server that answers a LOGIN with no.

    Args:
        words: what it says
    """

    def __init__(self, words: str) -> None:
        super().__init__()
        self._words = words

    def begin(self) -> None:
        self.say(b"* OK ready\r\n")

    def line(self, line: bytes) -> None:
        tag, command, *_ = line.split()
        if command == b"LOGIN":
            self.say(tag + f" NO {self._words}\r\n".encode())
        else:
            self.say(b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK done\r\n")


@pytest.mark.parametrize(
    ("words", "is_signed_out"),
    [
        ("[UNAVAILABLE] not now", False),
        ("[LIMIT] LOGIN Rate limit hit", False),
        ("[INUSE] Mailbox is locked", False),
        ("[SERVERBUG] LOGIN Server error", False),
        ("Temporary authentication failure", False),
        ("[ALERT] Too many simultaneous connections. (Failure)", False),
        ("LOGIN failed.", True),
        ("[AUTHENTICATIONFAILED] Invalid credentials, please try again", True),
    ],
)
def test_a_server_that_lets_nobody_in_for_now_has_not_refused_the_password(words: str, *, is_signed_out: bool) -> None:
    clock = WorldClock()
    session = ImapSession(
        MailServer("localhost", 143, Security.NONE, "ada"),
        IMAP_PASSWORD,
        timeout_seconds=5,
        tls=tls_context(),
        dial=lambda host, port, timeout_seconds: Wire.to(Refusing(words), clock, timeout_seconds),
    )
    with pytest.raises(ImapFailed) as failed:
        session.__enter__()
    assert failed.value.is_signed_out is is_signed_out


class Repeating(Refusing):
    """A server that repeats a LOGIN as it was sent."""

    def line(self, line: bytes) -> None:
        tag, command, *_ = line.split()
        if command == b"LOGIN":
            self.say(self._words.encode().replace(b"TAG", tag).replace(b"LINE", line.strip()) + b"\r\n")
        else:
            super().line(line)


@pytest.mark.parametrize("password", ["hunter22", 'hunter22 "and" \\', "hunter22'\""])
@pytest.mark.parametrize("words", ["TAG NO what is LINE", "TAG BAD LINE", "LINE", "* BYE LINE"])
def test_a_server_that_repeats_a_sign_in_makes_no_password_known(words: str, password: str) -> None:
    session = ImapSession(
        MailServer("localhost", 143, Security.NONE, "ada"),
        password,
        timeout_seconds=5,
        tls=tls_context(),
        dial=lambda host, port, timeout_seconds: Wire.to(Repeating(words), WorldClock(), timeout_seconds),
    )
    with pytest.raises(ImapFailed) as failed:
        session.__enter__()
    assert "hunter22" not in "".join(format_exception(failed.value))


def test_a_mailbox_is_read_over_tls_when_its_certificate_is_right(imap_box: ImapBox, tmp_path: Path) -> None:
    certificate = write_certificate(tmp_path, "localhost")
    with running_imap(certificate=certificate) as box:
        box.deliver(bytes(Mail("one")))
        with session_with(box.server, trusted=certificate) as session:
            assert read(session) == [1]
        with pytest.raises(ImapFailed, match="certificate"):
            session_with(box.server).__enter__()


def test_a_server_that_never_answers_is_left_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = MailServer("127.0.0.1", silent.getsockname()[1], Security.NONE, "ada")
        with pytest.raises(ImapFailed, match="can't be read") as failed:
            session_with(server, timeout_seconds=0.5).__enter__()
    assert not failed.value.is_signed_out


def test_a_known_address_names_its_servers_and_each_row_its_source() -> None:
    gmail = provider_of("ada@gmail.com")
    workspace = provider_of("ada@example.com", "smtp.gmail.com")
    assert gmail is not None
    assert workspace is not None
    assert (gmail.name, gmail.per_day, workspace.name, workspace.per_day) == ("Gmail", 500, "Google Workspace", 2000)
    assert provider_of("ada@example.com") is None
    assert all(each.source.startswith("https://") for each in PROVIDERS)
