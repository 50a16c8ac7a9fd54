"""Nothing goes to who answered, asked to stop, is suppressed or archived, and nothing while sending is stopped."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from tests.worlds.outside import LetterSeen, LinkVisit
from tests.worlds.people.addresses import readable
from tests.worlds.view import WorldView
from tests.worlds.yeses import Said

UNDER_WAY = timedelta(minutes=2)
"""What came up so shortly before a letter's text may have found it under way."""
_ASKS = frozenset({"stop", "stop_by_header", "complaint"})
"""The kinds of mail by which somebody asks to get nothing more."""
_FOR_EVER = _ASKS | {"bounce_hard"}
_STOPPING = _FOR_EVER | {"reply", "reply_late", "colleague"}
"""The kinds of mail after which nothing more of what they are in goes to those whom it is about."""


def nothing_goes_after_an_answer(view: WorldView) -> Iterator[str]:
    """Whoever answered gets nothing more of what they were in when they did; whoever asked to stop, nothing at all."""
    entry_times = {
        row["id"]: row["enrolled_at"]
        for row in view.rows(
            "SELECT a.id, e.enrolled_at FROM outbound_actions a JOIN workflow_enrollments e ON e.id = a.enrollment_id"
        )
    }
    for letter in view.outside.letters:
        for mail in view.outside.mailbox:
            if mail.kind not in _STOPPING or readable(mail.about) != readable(letter.recipient):
                continue
            entered_later = entry_times.get(letter.action_id, 0) >= mail.at.timestamp() and mail.kind not in _FOR_EVER
            if mail.at <= letter.at - UNDER_WAY and not entered_later and _was_read(view, letter, mail.at):
                yield (
                    f"{letter.action_id} went to {letter.recipient} at {letter.at:%Y-%m-%d %H:%M:%S}, although "
                    f"a mail of the kind {mail.kind} had come in at {mail.at:%Y-%m-%d %H:%M:%S}."
                )
                break


def _was_read(view: WorldView, letter: LetterSeen, came_at: datetime) -> bool:
    """Whether the mailbox had to be known by then: it is read each minute, and right before each follow-up."""
    return letter.headers.get("in-reply-to") is not None or letter.at - came_at > timedelta(hours=1)


def nothing_goes_to_who_is_suppressed(view: WorldView) -> Iterator[str]:
    """An address that the person, or its owner, asked not to be written to gets nothing afterwards."""
    people = {row["id"]: row["contact_id"] for row in view.rows("SELECT id, contact_id FROM outbound_actions")}
    for letter in view.outside.letters:
        for stop in _stops(view):
            is_theirs = readable(stop.about) == readable(letter.recipient) or stop.about == people.get(letter.action_id)
            if (
                is_theirs
                and stop.at <= letter.at - UNDER_WAY
                and stop.words != "lifted"
                and not _lifted(view, stop.about, letter)
            ):
                yield (
                    f"{letter.action_id} went to {letter.recipient} at {letter.at:%Y-%m-%d %H:%M:%S}, who was to get "
                    f"nothing since {stop.at:%Y-%m-%d %H:%M:%S}."
                )
                break


def _stops(view: WorldView) -> list[Said]:
    """What the person was told to have stopped, and whose link to unsubscribe was followed."""
    visits = [Said(each.at, each.recipient) for each in view.outside.visits if _unsubscribes(each) and each.answered]
    return [*(stop for stop in view.yeses.stops if stop.confirmed), *visits]


def _unsubscribes(visit: LinkVisit) -> bool:
    return visit.method == "POST"


def _lifted(view: WorldView, about: str, letter: LetterSeen) -> bool:
    latest = [stop for stop in view.yeses.stops if stop.about == about and stop.at <= letter.at]
    return bool(latest) and latest[-1].words == "lifted"


def nobody_is_suppressed_unasked(view: WorldView) -> Iterator[str]:
    """An address is suppressed because somebody said so: its owner, the person, a server, or a list that came back."""
    askers = {readable(note.about) for note in (*view.yeses.stops, *view.yeses.erasures)}
    askers |= {readable(mail.about) for mail in view.outside.mailbox if mail.kind in _FOR_EVER}
    askers |= {readable(visit.recipient) for visit in view.outside.visits if _unsubscribes(visit)}
    for row in view.rows("SELECT id, address, contact_id, reason, source FROM suppressions ORDER BY id"):
        if row["reason"] != "unsubscribed" or row["address"] is None:
            continue
        if readable(row["address"]) not in askers and row["contact_id"] not in askers:
            yield f"{row['address']} is suppressed ({row['reason']}, {row['source']}), and nobody asked for it."


def whoever_asked_to_stop_is_suppressed(view: WorldView) -> Iterator[str]:
    """A mail by which somebody asks to stop, or a complaint, suppresses the address that it is about."""
    if not view.is_over:
        return
    suppressed_addresses = {
        readable(row["address"]) for row in view.rows("SELECT address FROM suppressions WHERE address IS NOT NULL")
    }
    erased_addresses = {readable(erasure.words) for erasure in view.yeses.erasures}
    read = {
        row["message_id"]: row["address"]
        for row in view.rows(
            "SELECT i.message_id, c.email AS address FROM inbound_messages i JOIN contacts c ON c.id = i.contact_id"
        )
    }
    for mail in view.outside.mailbox:
        message_id = str(mail.message["message-id"] or "").strip()
        if (
            mail.kind in _ASKS
            and message_id in read
            and readable(mail.about) not in suppressed_addresses | erased_addresses
        ):
            yield f"{mail.about} asked to stop at {mail.at:%Y-%m-%d %H:%M} ({mail.kind}), and is not suppressed."
    for visit in view.outside.visits:
        if (
            _unsubscribes(visit)
            and visit.answered
            and readable(visit.recipient) not in suppressed_addresses | erased_addresses
        ):
            yield f"{visit.recipient} unsubscribed at {visit.at:%Y-%m-%d %H:%M}, and is not suppressed."


def nothing_goes_while_sending_is_stopped(view: WorldView) -> Iterator[str]:
    """Between a stop and a start no letter is taken."""
    state, since = "on", view.began
    switches = sorted(view.yeses.switches, key=lambda switch: switch.at)
    for letter in view.outside.arrived:
        for switch in switches:
            if switch.at <= letter.at:
                state, since = switch.words if switch.confirmed else "unknown", switch.at
        if state == "stopped" and letter.at - since > UNDER_WAY:
            yield (
                f"{letter.action_id} went to {letter.recipient} at {letter.at:%Y-%m-%d %H:%M:%S}, although sending "
                f"is stopped since {since:%Y-%m-%d %H:%M:%S}."
            )


class NothingGoesToWhoIsArchived:
    """What is looked at as it happens, for afterwards people may be back."""

    def __init__(self) -> None:
        self._letter_count = 0

    def __call__(self, view: WorldView) -> Iterator[str]:
        """Whoever is archived, or whose template is not active, gets nothing."""
        new, self._letter_count = view.outside.letters[self._letter_count :], len(view.outside.letters)
        for letter in new:
            for row in view.rows(
                "SELECT c.id, c.archived_at, t.status FROM outbound_actions a JOIN contacts c ON c.id = a.contact_id "
                "LEFT JOIN workflow_templates t ON t.id = a.template_id WHERE a.id = :action",
                action=letter.action_id,
            ):
                if row["archived_at"] is not None and row["archived_at"] < (letter.at - UNDER_WAY).timestamp():
                    yield f"{letter.action_id} went to {row['id']}, who is archived."


STOPS = (
    nothing_goes_after_an_answer,
    nothing_goes_to_who_is_suppressed,
    nobody_is_suppressed_unasked,
    whoever_asked_to_stop_is_suppressed,
    nothing_goes_while_sending_is_stopped,
)
