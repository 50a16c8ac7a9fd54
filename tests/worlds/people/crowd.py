"""What people do with letters: they read at their hours, answer, are away, bounce, complain, and want no more."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from random import Random

from tests.worlds.chance import Chance
from tests.worlds.clock import WorldClock
from tests.worlds.events import Agenda
from tests.worlds.mail.mailbox import Mailbox
from tests.worlds.outside import LetterSeen, LinkVisit, Outside
from tests.worlds.people import answers

Visit = Callable[[str, str], bool]
"""Opens a link to unsubscribe, by its method and token; whether it was answered."""

SILENT = "silent"
KINDS = {
    SILENT: 60.0,
    "reply": 10.0,
    "away": 6.0,
    "left": 1.0,
    "bounce_hard": 3.0,
    "bounce_soft": 2.0,
    "delayed": 2.0,
    "stop": 4.0,
    "stop_by_header": 2.0,
    "stop_by_link": 4.0,
    "scanner": 6.0,
    "complaint": 1.0,
    "colleague": 2.0,
    "reply_late": 2.0,
}
"""What becomes of a letter, and how often of all."""
_AT_ONCE = ("away", "left", "bounce_hard", "bounce_soft", "delayed", "scanner")
"""Programs don't wait until somebody reads."""


@dataclass
class Crowd:
    """Everybody outside.

    Args:
        chance: draws what they do
        clock: the world's
        agenda: where it is planned
        outside: remembers it
        mailbox: where answers come in
        visit: opens links
        happened: told of each thing
        silent: how many do nothing, beside those of `KINDS`
    """

    chance: Chance
    clock: WorldClock
    agenda: Agenda
    outside: Outside
    mailbox: Mailbox
    visit: Visit
    happened: Callable[[str, str], None]
    silent: float = KINDS[SILENT]
    is_quiet: bool = False
    """Whether nobody does anything more."""
    _letters: Counter[str] = field(default_factory=Counter[str])

    def take(self, letter: LetterSeen) -> None:
        """Have a letter in somebody's inbox."""
        self._letters[letter.recipient] += 1
        if self.is_quiet:
            return
        key = f"answer/{letter.recipient}/{self._letters[letter.recipient]}"
        chance = self.chance.of(key)
        (kind,) = chance.choices([*KINDS], [*(KINDS | {SILENT: self.silent}).values()])
        if kind == SILENT or not self.chance.happens(key):
            return
        at = self.clock() + timedelta(seconds=chance.randrange(2, 90)) if kind in _AT_ONCE else self._read_at(chance)
        if kind == "reply_late":
            at += timedelta(days=chance.randrange(5, 30))
        self.agenda.plan(at, key, lambda: self._do(key, kind, letter, chance))

    def _read_at(self, chance: Random) -> datetime:
        """When somebody looks at their mail: at once, or at an hour of theirs."""
        if chance.random() < 0.15:
            return self.clock() + timedelta(seconds=chance.randrange(1, 120))
        days, hour = chance.choice((0, 0, 1, 1, 2, 4)), chance.choice((7, 8, 9, 12, 13, 17, 20, 22))
        at = (self.clock() + timedelta(days=days)).replace(hour=hour, minute=chance.randrange(60))
        return max(at, self.clock() + timedelta(minutes=chance.randrange(1, 90)))

    def _do(self, key: str, kind: str, letter: LetterSeen, chance: Random) -> None:
        self.happened(key, f"{kind} {letter.recipient} {letter.action_id}")
        if kind in ("stop_by_link", "scanner"):
            self._open_link(letter, "POST" if kind == "stop_by_link" else "GET")
            return
        message = self._mail(kind, letter, chance)
        if message is not None:
            folder = "Junk" if kind in ("reply", "stop") and chance.random() < 0.1 else "INBOX"
            self.mailbox.deliver(message, kind, letter.recipient, folder=folder)

    def _mail(self, kind: str, letter: LetterSeen, chance: Random) -> EmailMessage | None:
        at = self.clock()
        made: dict[str, Callable[[], EmailMessage | None]] = {
            "reply": lambda: answers.reply(letter, at, chance),
            "reply_late": lambda: answers.reply(letter, at, chance),
            "colleague": lambda: answers.reply(letter, at, chance, sender=_colleague(letter, chance)),
            "away": lambda: answers.away(letter, at, chance),
            "left": lambda: answers.left(letter, at, chance),
            "bounce_hard": lambda: answers.bounce(letter, at, "5.1.1"),
            "bounce_soft": lambda: answers.bounce(letter, at, "4.2.2"),
            "delayed": lambda: answers.bounce(letter, at, "4.4.1", action="delayed"),
            "stop": lambda: answers.stop(letter, at, chance),
            "stop_by_header": lambda: answers.stop_by_header(letter, at),
            "complaint": lambda: answers.complaint(letter, at),
        }
        return made[kind]()

    def _open_link(self, letter: LetterSeen, method: str) -> None:
        token = letter.headers.get("list-unsubscribe", "").partition("/u/")[2].partition(">")[0]
        if token:
            visit = LinkVisit(self.clock(), method, letter.recipient, answered=False)
            self.outside.visits.append(visit)
            if self.visit(method, token):
                self.outside.visits[-1] = LinkVisit(visit.at, method, letter.recipient, answered=True)


def _colleague(letter: LetterSeen, chance: Random) -> str:
    return f"colleague{chance.randrange(9)}@{letter.recipient.partition('@')[2]}"
