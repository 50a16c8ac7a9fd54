"""What comes back finds its person and stops what has to stop; all other mail leaves no trace."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.outreach.inbound_messages import MessageKind
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.people.contacts import update_contact
from onelane.tools.outreach.inbound.inbound import concerning
from onelane.tools.outreach.inbound.rejudging import rejudge
from onelane.tools.outreach.mail.classifier import CLASSIFIER_VERSION
from onelane.tools.outreach.mail.letter import letter_chance
from onelane.tools.outreach.mail.mail_facts import read_head
from onelane.tools.registry.gate.vault import Vault
from tests.proof import FULL
from tests.tools.outreach.inbound.correspondence import IN_UTC, Letterbox, letterbox
from tests.tools.outreach.mail import sample_mail
from tests.tools.outreach.mail.sample_mail import ACTION, ME, OURS, THEM, Mail

MAILS, AT_ONCE = 100_000 if FULL else 100, 50
GOES_ON = ("active", None, "approved")


@pytest.fixture
def box(database: Database) -> Letterbox:
    return letterbox(database, Vault.of_nobody())


def ours(box: Letterbox, mail: bytes | Mail) -> bytes:
    """A mail that comes back to this box's letter."""
    return bytes(mail).replace(OURS.encode(), box.message_id.encode()).replace(ACTION.encode(), box.action_id.encode())


def dated(mail: bytes, box: Letterbox, *, days_ago: int = 0) -> bytes:
    """The same mail, written so many days ago."""
    written = format_datetime(box.now() - timedelta(days=days_ago))
    return mail.replace(b"Date: Mon, 02 Nov 2026 10:00:00 +0100", f"Date: {written}".encode())


def test_a_reply_stops_the_person(box: Letterbox) -> None:
    assert box.takes(ours(box, Mail("Yes, gladly."))) == {"replies": 1}
    assert box.state == ("replied", "reply", "cancelled")
    kept = box.kept_mail()[0]
    assert (kept.contact_id, kept.outbound_action_id, kept.own_text) == (box.contact_id, box.action_id, "Yes, gladly.")
    assert (kept.kind, kept.rule, kept.classifier_version) == (MessageKind.REPLY, "reply", CLASSIFIER_VERSION)


@pytest.mark.parametrize(
    ("mail", "days_ago", "end", "counted"),
    [
        (Mail("Yes, gladly."), 0, ("replied", "reply"), (1, 0)),
        (Mail("Yes, gladly.", answers=False), 0, ("replied", "reply"), (1, 0)),
        (Mail("Please unsubscribe me", answers=False), 0, ("removed", "unsubscribed"), (0, 0)),
        (sample_mail.POSTFIX_BOUNCE, 0, ("removed", "bounce_hard"), (0, 1)),
        (Mail("I am away.", headers="Auto-Submitted: auto-replied"), 0, ("completed", None), (0, 0)),
        (Mail("Another thing", answers=False), -60, ("completed", None), (0, 0)),
        (Mail("Yes, gladly."), -60, ("replied", "reply"), (1, 0)),
    ],
    ids=["reply", "reply outside", "opt-out", "bounce", "absence", "long after", "reply long after"],
)
def test_what_comes_back_once_a_sequence_is_completed_is_how_it_ended(
    box: Letterbox, mail: bytes | Mail, days_ago: int, end: tuple[str, str | None], counted: tuple[int, int]
) -> None:
    box.completes()
    box.takes(dated(ours(box, mail), box, days_ago=days_ago))
    assert (box.state[:2], box.counts().answered, box.counts().bounced) == (end, *counted)


def test_a_reply_is_taken_once(box: Letterbox) -> None:
    reply = ours(box, Mail("Yes, gladly."))
    assert box.takes(reply, reply) == {"replies": 1}
    assert box.takes(reply) == {}


@pytest.mark.parametrize(
    "mail",
    [
        Mail("Yes", sender="grace@private.example"),
        Mail("Yes", answers=False),
        Mail("Look at this", subject="Fwd: Compilers", answers=False),
        sample_mail.CALENDAR_ANSWER,
    ],
    ids=["alias", "outside the thread", "forward", "calendar"],
)
def test_an_answer_from_an_alias_or_outside_the_thread_stops_the_person(box: Letterbox, mail: bytes | Mail) -> None:
    assert box.takes(ours(box, mail)) == {"replies": 1}
    assert box.state == ("replied", "reply", "cancelled")


@pytest.mark.parametrize(
    ("address", "sender", "is_stopped"),
    [
        (THEM, THEM, True),
        (THEM, "x@private.example", True),
        ("bob@other.example", "bob@other.example", True),
        ("bob@other.example", THEM, False),
    ],
    ids=["their double", "their double by an alias", "another who answers in their place", "another"],
)
def test_an_answer_counts_for_all_who_have_the_address_and_for_whoever_writes_it(
    box: Letterbox, address: str, sender: str, is_stopped: bool
) -> None:
    other = box.writes_to_another(address)
    assert box.takes(ours(box, Mail("Yes, gladly.", sender=sender))) == {"replies": 1}
    assert box.state == ("replied", "reply", "cancelled")
    assert box.kept_mail()[0].contact_id == box.contact_id
    assert box.status_of(other) == ("replied" if is_stopped else "active")


def test_a_reply_to_a_replaced_message_id_of_our_form_is_known_by_the_action_in_it(box: Letterbox) -> None:
    other_domain = f"<{box.action_id}.zzz@relay.example>"
    assert box.takes(bytes(Mail("Yes", sender="x@private.example")).replace(OURS.encode(), other_domain.encode())) == {
        "replies": 1
    }


@pytest.mark.parametrize("name", ["GMAIL", "OUTLOOK", "POSTFIX", "EXIM", "QMAIL"])
def test_a_hard_bounce_removes_the_person(box: Letterbox, name: str) -> None:
    assert box.takes(ours(box, getattr(sample_mail, f"{name}_BOUNCE"))) == {"bounces": 1}
    assert box.state == ("removed", "bounce_hard", "cancelled")


@pytest.mark.parametrize(("name", "reason"), [("GMAIL_LIMIT", "quota"), ("EXCHANGE_BLOCKED_SENDER", "blocked")])
def test_a_letter_that_the_accounts_provider_gave_back_rests_the_account_and_is_written_anew(
    box: Letterbox, name: str, reason: str
) -> None:
    box.moves_on()
    given_back = dated(ours(box, getattr(sample_mail, name)), box)
    assert box.takes(given_back) == {"receipts": 1}
    assert box.takes(given_back) == {}
    assert (box.state, box.letter) == (("active", None, "cancelled"), ("failed", reason))
    assert (box.enrollment.current_step_index, box.enrollment.epoch, box.suppressed_addresses()) == (0, 1, [])
    assert box.account_rests_for() == reason


def test_a_letter_that_came_back_long_ago_rests_no_account(box: Letterbox) -> None:
    box.takes(dated(ours(box, sample_mail.GMAIL_LIMIT), box, days_ago=2))
    assert box.account_rests_for() is None


def test_another_letter_that_came_back_for_a_limit_rests_the_account_as_well(box: Letterbox) -> None:
    other = sample_mail.GMAIL_LIMIT.replace(OURS.encode(), b"<private@example.com>").replace(ACTION.encode(), b"none")
    assert box.takes(dated(other, box)) == {"unmatched": 1}
    assert (box.state, box.account_rests_for()) == (GOES_ON, "quota")


def test_what_went_out_after_the_letter_that_came_back_lets_the_person_go_on(box: Letterbox) -> None:
    box.moves_on(with_next=ActionStatus.SENT)
    box.takes(dated(ours(box, sample_mail.GMAIL_LIMIT), box))
    assert (box.enrollment.current_step_index, box.enrollment.epoch, box.letter) == (1, 0, ("failed", "quota"))


def test_a_wrong_address_is_suppressed_and_a_full_mailbox_is_not(box: Letterbox) -> None:
    box.takes(ours(box, sample_mail.FULL_MAILBOX))
    assert box.suppressed_addresses() == []
    box.takes(ours(box, sample_mail.POSTFIX_BOUNCE.replace(b"<report.1@", b"<report.2@")))
    assert box.suppressed_addresses() == [(THEM, "bounce_hard")]


def test_a_bounce_that_names_no_letter_is_matched_by_its_recipient(box: Letterbox) -> None:
    assert box.takes(sample_mail.POSTFIX_BOUNCE.replace(OURS.encode(), b"<x@y>").replace(ACTION.encode(), b"?")) == {
        "bounces": 1
    }
    assert box.state == ("removed", "bounce_hard", "cancelled")


def test_a_bounce_of_another_mail_is_kept_and_counted_as_unmatched(box: Letterbox) -> None:
    foreign = sample_mail.POSTFIX_BOUNCE.replace(THEM.encode(), b"nobody@example.net").replace(ACTION.encode(), b"?")
    assert box.takes(foreign) == {"unmatched": 1}
    assert box.state == GOES_ON
    assert [kept.contact_id for kept in box.kept_mail()] == [None]


@pytest.mark.parametrize(
    "mail", [sample_mail.POSTFIX_DELAY, sample_mail.POSTFIX_EXPIRED, sample_mail.READ_RECEIPT, sample_mail.DELIVERED]
)
def test_a_delay_and_a_receipt_stop_nobody(box: Letterbox, mail: bytes) -> None:
    assert box.takes(ours(box, mail)) == {"receipts": 1}
    assert box.state == GOES_ON


def test_a_complaint_suppresses_and_removes(box: Letterbox) -> None:
    assert box.takes(ours(box, sample_mail.COMPLAINT)) == {"complaints": 1}
    assert box.state == ("removed", "suppressed", "cancelled")
    assert box.suppressed_addresses() == [(THEM, "complaint")]


def test_words_that_ask_to_stop_suppress_the_address_and_the_one_that_they_came_from(box: Letterbox) -> None:
    assert box.takes(ours(box, Mail("Please remove me from your list", sender="grace@private.example"))) == {
        "opt_outs": 1
    }
    assert box.state == ("removed", "unsubscribed", "cancelled")
    assert box.suppressed_addresses() == [(THEM, "unsubscribed"), ("grace@private.example", "unsubscribed")]


def test_the_token_names_the_person_whoever_sends_it(box: Letterbox) -> None:
    token = box.vault.token(box.action_id)
    assert box.takes(Mail("", subject=f"unsubscribe {token}", sender="x@private.example", answers=False)) == {
        "opt_outs": 1
    }
    assert (THEM, "unsubscribed") in box.suppressed_addresses()
    assert box.state == ("removed", "unsubscribed", "cancelled")


def test_an_absence_lets_the_sequence_rest_until_its_day(box: Letterbox) -> None:
    away = Mail("I am away until 12 November 2026.", headers="Auto-Submitted: auto-replied")
    assert box.takes(ours(box, away)) == {"auto_replies": 1}
    assert box.state == ("active", "out_of_office", "approved")
    assert box.enrollment.paused_until == datetime(2026, 11, 12, tzinfo=UTC)


@pytest.mark.parametrize(("zone_name", "hour"), [("America/Los_Angeles", 8), ("Asia/Kolkata", -5.5), ("No/Where", 0)])
def test_an_absence_ends_when_its_day_begins_where_the_person_lives(
    box: Letterbox, zone_name: str, hour: float
) -> None:
    with box.database.write() as session:
        update_contact(session, box.contact_id, time_zone=zone_name)
    away = Mail("I am away until 12 November 2026.", headers="Auto-Submitted: auto-replied")
    assert box.takes(ours(box, away)) == {"auto_replies": 1}
    assert box.enrollment.paused_until == datetime(2026, 11, 12, tzinfo=UTC) + timedelta(hours=hour)


def test_an_absence_without_a_day_lets_it_rest_a_week_and_a_shorter_one_changes_nothing(box: Letterbox) -> None:
    box.takes(ours(box, Mail("I am away.", headers="Auto-Submitted: auto-replied")))
    assert box.enrollment.paused_until == datetime(2026, 11, 9, 9, tzinfo=UTC)
    soon = Mail("Back on 4 November.", headers="Auto-Submitted: auto-replied", message_id="<their.2@mail>")
    assert box.takes(ours(box, soon)) == {"auto_replies": 1}
    assert box.enrollment.paused_until == datetime(2026, 11, 9, 9, tzinfo=UTC)


def test_the_persons_own_mail_stops_nobody_and_is_not_kept(box: Letterbox) -> None:
    assert box.takes(ours(box, Mail("stop", sender=f"Ada <{ME}>"))) == {}
    assert box.state == GOES_ON
    assert box.kept_mail() == []


def test_private_mail_leaves_no_trace(box: Letterbox) -> None:
    private = Mail("Dear Ada, about the hospital", sender="doctor@clinic.example", answers=False)
    assert box.takes(private) == {}
    assert box.kept_mail() == []


def test_mail_from_before_the_first_letter_answers_nothing(box: Letterbox) -> None:
    earlier = bytes(Mail("Hello", answers=False)).replace(b"02 Nov 2026", b"20 Oct 2026")
    assert box.takes(earlier) == {}
    assert box.state == GOES_ON


@pytest.mark.parametrize(
    ("mail", "counted", "state", "suppressed"),
    [
        (Mail("Yes, gladly."), {"replies": 1}, ("replied", "reply", "cancelled"), []),
        (Mail("Unsubscribe me"), {"opt_outs": 1}, ("removed", "unsubscribed", "cancelled"), [(THEM, "unsubscribed")]),
        (
            Mail("Unsubscribe me", sender="gone@else.example"),
            {"opt_outs": 1},
            GOES_ON,
            [("gone@else.example", "unsubscribed")],
        ),
        (Mail("Yes, gladly.", sender="nobody@else.example"), {}, GOES_ON, []),
    ],
)
def test_an_answer_to_a_letter_that_left_after_the_backup_that_was_put_back_counts(
    box: Letterbox, mail: Mail, counted: dict[str, int], state: object, suppressed: object
) -> None:
    box.is_older()
    own_id = f"<out_0a0b.{letter_chance(box.vault, 'out_0a0b')}@example.com>"
    answer = bytes(mail).replace(OURS.encode(), own_id.encode())
    with box.database.read() as session:
        assert concerning(session, box.vault, [read_head(answer)]) == [True]
    assert box.takes(answer) == counted
    assert (box.state, box.suppressed_addresses()) == (state, suppressed)
    assert len(box.kept_mail()) == len(counted)


def test_an_id_that_only_looks_like_ours_makes_no_answer(box: Letterbox) -> None:
    box.is_older()
    made_up = bytes(Mail("Unsubscribe me")).replace(OURS.encode(), b"<out_0a0b.abcdefghijklmnop@example.com>")
    assert box.takes(made_up) == {}
    assert box.state == GOES_ON


def test_only_mail_that_may_concern_us_has_its_text_read(box: Letterbox) -> None:
    mails = [
        Mail("x", sender="doctor@clinic.example", answers=False),
        Mail("x", answers=False),
        Mail("x", sender=f"Ada <{ME}>"),
        sample_mail.POSTFIX_BOUNCE,
        Mail("x", subject=f"unsubscribe {box.vault.token(box.action_id)}", sender="y@z.example", answers=False),
        Mail("x", sender="alias@z.example"),
    ]
    with box.database.read() as session:
        heads = [read_head(ours(box, mail)) for mail in mails]
        assert concerning(session, box.vault, heads) == [False, True, False, True, True, True]


def test_what_older_rules_judged_is_judged_again_and_told(box: Letterbox) -> None:
    box.takes(ours(box, Mail("I am away.", headers="Auto-Submitted: auto-replied")))
    with box.database.write() as session:
        kept = session.merge(box.kept_mail()[0])
        # As if the older rules had known no words, and this mail had come without a mark.
        kept.headers, kept.own_text, kept.classifier_version = "{}", "please unsubscribe me", 0
        session.add(kept)
    changes = rejudge(box.database, box.vault, workspace=IN_UTC, is_dry_run=True)
    assert [(each.before, each.now, each.now_rule) for each in changes.data] == [("auto_reply", "opt_out", "words")]
    assert box.state == ("active", "out_of_office", "approved")

    assert rejudge(box.database, box.vault, workspace=IN_UTC, is_dry_run=False).data == changes.data
    assert box.state == ("removed", "unsubscribed", "cancelled")
    assert rejudge(box.database, box.vault, workspace=IN_UTC, is_dry_run=False).looked_at == 0


def test_a_mailbox_of_damaged_mail_of_others_stops_nobody(sqlite_database: Database) -> None:
    box = letterbox(sqlite_database, Vault.of_nobody())
    chance = Random(7)
    samples = [each for each in vars(sample_mail).values() if isinstance(each, bytes)]
    for _ in range(MAILS // AT_ONCE):
        box.takes(*(damaged(of_others(chance.choice(samples)), chance) for _ in range(AT_ONCE)))
    assert box.state == GOES_ON
    assert box.suppressed_addresses() == []
    assert {kept.contact_id for kept in box.kept_mail()} <= {None}


def of_others(mail: bytes) -> bytes:
    """The same, about a letter of somebody else to somebody else."""
    for ours, theirs in (
        (sample_mail.THEM, "x@else.example"),
        (sample_mail.OURS, "<1@else.example>"),
        (sample_mail.ACTION, "1"),
    ):
        mail = mail.replace(ours.encode(), theirs.encode())
    return mail


def damaged(mail: bytes, chance: Random) -> bytes:
    """The same with a piece of it replaced by noise."""
    start = chance.randrange(len(mail))
    return mail[:start] + chance.randbytes(chance.randrange(40)) + mail[start + chance.randrange(40) :]
