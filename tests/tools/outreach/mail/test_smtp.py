"""A letter goes out once, and whether it did is known unless the final dot was under way."""

import socket
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import quote

import pytest

from onelane.storage.outreach.outbound.outbound_actions import ErrorClass
from onelane.tools.outreach.mail.letter import Letter, WireLetter, to_wire
from onelane.tools.outreach.mail.mail_server import MailServer, Security, tls_context
from onelane.tools.outreach.mail.smtp import Outcome, SmtpSession, Transmission
from onelane.tools.outreach.mail.smtp_answers import Refusal, SmtpRefused, Stage, refusal
from onelane.tools.registry.errors import BadRequest
from tests.tools.outreach.mail.mail_servers import (
    PASSWORD,
    PATIENCE_SECONDS,
    USER,
    Answer,
    Postbox,
    ScriptedSmtp,
    be_silent,
    cut,
    running_smtp,
    shut_down,
    write_certificate,
)

LETTER = Letter(
    action_id="out_0d1e2f",
    message_id="<out_0d1e2f.k7qf@example.com>",
    date=datetime(2026, 11, 2, 9, tzinfo=UTC),
    from_address="ada@example.com",
    sender_name="Ada Example",
    to_address="grace@example.org",
    subject="Compilers",
    text="Hello\n.\n..hidden\nThe end.\n",
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_certificate(tmp_path_factory.mktemp("tls"), "localhost")


def session_with(
    server: MailServer, *, password: str = PASSWORD, trusted: Path | None = None, timeout_seconds: float = 30
) -> SmtpSession:
    trust = tls_context(None if trusted is None else str(trusted))
    return SmtpSession(server, password, timeout_seconds=timeout_seconds, tls=trust)


def sent(
    server: MailServer, letter: WireLetter | None = None, *, marks: list[str] | None = None, timeout_seconds: float = 30
) -> Transmission:
    noted = [] if marks is None else marks
    with session_with(server) as session:
        # Signing in has its time, however busy the machine.
        session.timeout_seconds = timeout_seconds
        return session.send(letter or to_wire(LETTER), before_final_dot=lambda: noted.append("mark"))


def no_session(server: MailServer, **how: Any) -> SmtpRefused:
    """Why no session with this server comes about."""
    with pytest.raises(SmtpRefused) as failed, session_with(server, **how):
        pass
    return failed.value


def refused(server: MailServer, letter: WireLetter | None = None) -> Refusal:
    transmission = sent(server, letter)
    assert transmission.outcome is Outcome.NOT_SENT
    assert transmission.refusal is not None
    return transmission.refusal


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_a_letter_arrives_as_it_was_written_over_tls(security: Security, certificate: Path) -> None:
    postbox = Postbox()
    marks: list[str] = []
    with (
        running_smtp(postbox, security=security, certificate=certificate) as server,
        session_with(server, trusted=certificate) as session,
    ):
        first = session.send(to_wire(LETTER), before_final_dot=lambda: marks.append("mark"))
        second = session.send(to_wire(LETTER), before_final_dot=lambda: marks.append("mark"))
    assert (first.outcome, second.outcome, marks) == (Outcome.SENT, Outcome.SENT, ["mark", "mark"])
    assert first.answer == "250 2.0.0 Ok: queued as 1"
    envelope = postbox.letters[0]
    assert (envelope.mail_from, envelope.rcpt_tos) == ("ada@example.com", ["grace@example.org"])
    assert envelope.content == to_wire(LETTER).content


@pytest.mark.parametrize("address", ['"grace hopper"@example.org', "grace@bücher.example", "grüße@example.org"])
def test_an_unusual_address_reaches_a_real_server(address: str) -> None:
    postbox, letter = Postbox(), to_wire(replace(LETTER, to_address=address))
    with running_smtp(postbox, security=Security.NONE) as server:
        assert sent(server, letter).outcome is Outcome.SENT
    assert postbox.letters[0].rcpt_tos == [letter.recipient]


def test_a_server_that_knows_no_other_letters_refuses_such_an_address_only() -> None:
    beyond_ascii = to_wire(replace(LETTER, to_address="grüße@example.org"))
    with ScriptedSmtp({}) as scripted:
        assert refused(scripted.server, beyond_ascii).error_class is ErrorClass.REFUSED
        assert sent(scripted.server).outcome is Outcome.SENT
    assert not any("SMTPUTF8" in line.upper() or "8BITMIME" in line for line in scripted.heard)


def test_a_wrong_password_signs_the_account_out_and_is_not_quoted(certificate: Path) -> None:
    with running_smtp(Postbox(), security=Security.TLS, certificate=certificate) as server:
        failed = no_session(server, password="hunter22", trusted=certificate)
    assert failed.refusal.error_class is ErrorClass.SIGNED_OUT
    assert "hunter22" not in str(failed)


def test_a_password_beyond_ascii_is_refused_without_being_quoted() -> None:
    with running_smtp(Postbox(), security=Security.NONE) as server:
        failed = no_session(server, password="schlüssel")
    assert "plain letters" in str(failed)
    assert "ü" not in str(failed)


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_a_certificate_for_another_name_or_by_nobody_known_is_not_believed(
    security: Security, certificate: Path, tmp_path: Path
) -> None:
    other = write_certificate(tmp_path, "mail.example.net")
    for shown, trusted in ((other, other), (certificate, None)):
        with running_smtp(Postbox(), security=security, certificate=shown) as server:
            failed = no_session(server, trusted=trusted)
        assert "certificate" in str(failed)
        assert failed.refusal.error_class is ErrorClass.BLOCKED


def test_a_server_without_starttls_is_given_no_password() -> None:
    with ScriptedSmtp({}) as scripted:
        failed = no_session(replace(scripted.server, security=Security.STARTTLS))
    assert "no STARTTLS" in str(failed)
    assert not any(line.upper().startswith("AUTH") for line in scripted.heard)


def test_a_server_that_takes_no_password_is_told_as_such() -> None:
    with ScriptedSmtp({}, extensions=("AUTH XOAUTH2 GSSAPI",)) as scripted:
        failed = no_session(scripted.server)
    assert "only by XOAUTH2, GSSAPI" in str(failed)
    assert failed.refusal.error_class is ErrorClass.BLOCKED


def test_a_server_elsewhere_is_not_reached_without_tls() -> None:
    with pytest.raises(BadRequest, match="none is for servers on this machine"):
        MailServer("mail.example.com", 25, Security.NONE, "ada")


def test_a_port_where_nobody_listens_is_tried_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    failed = no_session(MailServer("127.0.0.1", port, Security.NONE, "ada"))
    assert "can't be reached" in str(failed)
    assert failed.refusal.error_class is ErrorClass.RETRY_LATER


@pytest.mark.parametrize("password", [PASSWORD, 'one "quoted" and \\'])
@pytest.mark.parametrize(
    "form", ["{}", "AUTH PLAIN {plain}", "{plain:.24}", "LOGIN {base64}", '"{quoted}"', "/{percent}?"]
)
def test_a_server_that_repeats_what_it_was_told_makes_no_password_known(form: str, password: str) -> None:
    plain, alone = (b64encode(words.encode()).decode() for words in (f"\0{USER}\0{password}", password))
    spellings = {
        "plain": plain,
        "base64": alone,
        "quoted": password.replace("\\", "\\\\").replace('"', '\\"'),
        "percent": quote(password, safe=""),
    }
    echo = form.format(password, **spellings)
    answer = f"535 5.7.8 Refused: {echo}; ask the AdministratorOfThisServer"
    with ScriptedSmtp({"AUTH": answer.encode()}) as scripted:
        message = no_session(scripted.server, password=password).refusal.message
    assert echo not in message
    assert not [secret for secret in (password, *spellings.values()) if secret in message]
    assert "Refused" in message
    assert "ask the AdministratorOfThisServer" in message


@pytest.mark.parametrize("stage", ["greeting", "EHLO", "AUTH"])
def test_a_server_that_never_answers_is_left_in_time(stage: str) -> None:
    with ScriptedSmtp({stage: be_silent}) as scripted:
        failed = no_session(scripted.server, timeout_seconds=0.5)
        assert failed.refusal.error_class is ErrorClass.RETRY_LATER
        assert "no answer in time" in str(failed)


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
def test_a_server_that_falls_silent_before_the_final_dot_has_accepted_nothing(stage: str) -> None:
    with ScriptedSmtp({stage: be_silent}) as scripted:
        assert sent(scripted.server, timeout_seconds=0.5).outcome is Outcome.NOT_SENT


def test_a_server_that_drips_is_left_in_time() -> None:
    ended = Event()

    def drip(connection: socket.socket) -> None:
        while not ended.wait(0.05):
            connection.sendall(b"2")

    with ScriptedSmtp({"RCPT": drip}) as scripted:
        left = sent(scripted.server, timeout_seconds=0.5)
        assert (left.outcome, "no answer in time" in left.answer) == (Outcome.NOT_SENT, True)
    ended.set()


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
def test_a_connection_that_breaks_before_the_final_dot_is_tried_later(stage: str) -> None:
    with ScriptedSmtp({stage: cut}) as scripted:
        assert refused(scripted.server).error_class is ErrorClass.RETRY_LATER
        assert scripted.bodies == []


@pytest.mark.parametrize(
    "gives_up",
    [cut, shut_down, b"451 too slow"],
)
def test_a_server_that_gave_up_before_the_final_dot_is_not_sent_it(gives_up: Answer) -> None:
    with ScriptedSmtp({"body": gives_up}) as scripted:

        def mark() -> None:
            assert scripted.did.wait(PATIENCE_SECONDS)

        with session_with(scripted.server) as session:
            transmission = session.send(to_wire(LETTER), before_final_dot=mark)
    assert transmission.outcome is Outcome.NOT_SENT
    assert transmission.refusal is not None
    assert transmission.refusal.error_class is ErrorClass.RETRY_LATER
    assert scripted.bodies == []


@pytest.mark.parametrize("after_the_dot", [cut, be_silent, b"nonsense", b"354 more"])
def test_no_answer_after_the_final_dot_is_uncertain(after_the_dot: Answer) -> None:
    with ScriptedSmtp({"dot": after_the_dot}) as scripted, session_with(scripted.server) as session:

        def mark() -> None:
            assert scripted.did.wait(PATIENCE_SECONDS)
            session.timeout_seconds = 0.5

        assert session.send(to_wire(LETTER), before_final_dot=mark).outcome is Outcome.UNCERTAIN


def test_the_mark_is_made_when_all_but_the_final_dot_was_sent() -> None:
    with ScriptedSmtp({}) as scripted:

        def mark() -> None:
            assert scripted.did.wait(PATIENCE_SECONDS)
            assert scripted.bodies == []

        with session_with(scripted.server) as session:
            assert session.send(to_wire(LETTER), before_final_dot=mark).outcome is Outcome.SENT
        assert scripted.bodies == [to_wire(LETTER).content.partition(b"\r\n\r\n")[0] + _wire_body()]


def _wire_body() -> bytes:
    return b"\r\n\r\nHello\r\n..\r\n...hidden\r\nThe end.\r\n"


def test_a_mark_that_can_not_be_made_sends_nothing() -> None:
    def fails() -> None:
        raise RuntimeError("the disk is full")

    with ScriptedSmtp({}) as scripted:
        with session_with(scripted.server) as session:
            with pytest.raises(RuntimeError, match="disk is full"):
                session.send(to_wire(LETTER), before_final_dot=fails)
            again = session.send(to_wire(LETTER), before_final_dot=lambda: None)
        assert again.outcome is Outcome.NOT_SENT
        assert scripted.bodies == []


def test_a_refused_recipient_leaves_the_connection_for_the_next_letter() -> None:
    with ScriptedSmtp({"RCPT": b"550 5.1.1 no such user"}) as scripted, session_with(scripted.server) as session:
        refusals = [session.send(to_wire(LETTER), before_final_dot=lambda: None).refusal for _ in range(2)]
    assert refusals[0] == refusals[1] == refusal(Stage.RCPT, 550, "5.1.1 no such user")
    assert sum(line.upper().startswith("EHLO") for line in scripted.heard) == 1


@pytest.mark.parametrize(
    ("stage", "code", "text", "error_class", "is_address_gone"),
    [
        (Stage.RCPT, 550, "5.1.1 User unknown", ErrorClass.REFUSED, True),
        (Stage.RCPT, 550, "No such user here", ErrorClass.REFUSED, False),
        (Stage.RCPT, 552, "5.2.2 Mailbox full, storage quota exceeded", ErrorClass.REFUSED, False),
        (Stage.RCPT, 451, "4.7.1 Greylisted", ErrorClass.RETRY_LATER, False),
        (Stage.RCPT, 421, "4.3.2 shutting down", ErrorClass.RETRY_LATER, False),
        (Stage.RCPT, 452, "4.5.3 Too many recipients", ErrorClass.QUOTA, False),
        (Stage.FINAL_DOT, 550, "5.4.5 Daily user sending limit exceeded.", ErrorClass.QUOTA, False),
        (Stage.RCPT, 550, "5.1.90 You've reached your daily limit for message recipients", ErrorClass.QUOTA, False),
        (Stage.FINAL_DOT, 550, "5.7.515 Access denied, DMARC", ErrorClass.BLOCKED, False),
        (Stage.RCPT, 554, "5.7.1 Relay access denied", ErrorClass.BLOCKED, False),
        (Stage.MAIL, 553, "5.1.8 Sender address rejected", ErrorClass.BLOCKED, False),
        (Stage.RCPT, 550, "5.1.8 Access denied, bad outbound sender", ErrorClass.BLOCKED, False),
        (Stage.RCPT, 550, "5.1.90 Later, please", ErrorClass.QUOTA, False),
        (Stage.FINAL_DOT, 550, "You have reached a limit for sending mail", ErrorClass.QUOTA, False),
        (Stage.CONNECT, 554, "No SMTP service here", ErrorClass.BLOCKED, False),
        (Stage.MAIL, 530, "5.7.0 Authentication required", ErrorClass.SIGNED_OUT, False),
        (Stage.SIGN_IN, 535, "5.7.8 Username and Password not accepted", ErrorClass.SIGNED_OUT, False),
        (Stage.SIGN_IN, 454, "4.7.0 Temporary authentication failure", ErrorClass.RETRY_LATER, False),
        (Stage.FINAL_DOT, 554, "Message rejected", ErrorClass.REFUSED, False),
        (Stage.MAIL, 552, "5.3.4 Message size exceeds fixed limit", ErrorClass.REFUSED, False),
        (Stage.MAIL, 552, "Your message exceeded Google's message size limits", ErrorClass.REFUSED, False),
        (Stage.FINAL_DOT, 554, "Message too big for system", ErrorClass.REFUSED, False),
        (Stage.RCPT, 503, "5.5.1 Bad sequence of commands", ErrorClass.BLOCKED, False),
        (Stage.DATA, 502, "Command not implemented", ErrorClass.BLOCKED, False),
    ],
)
def test_each_refusal_says_what_comes_next(
    stage: Stage, code: int, text: str, error_class: ErrorClass, *, is_address_gone: bool
) -> None:
    meant = refusal(stage, code, text)
    assert (meant.error_class, meant.is_address_gone) == (error_class, is_address_gone)
    assert str(code) in meant.message
