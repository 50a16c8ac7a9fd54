"""The world's SMTP server: it remembers all that it saw, and has a mood for each attempt, drawn from the seed."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

from tests.worlds.chance import Chance
from tests.worlds.clock import WorldClock
from tests.worlds.outside import Dot, LetterSeen, Outside
from tests.worlds.people.addresses import readable
from tests.worlds.wire import Talk

USER, PASSWORD = "ada@example.com", "abcd efgh ijkl mnop"
AT_RCPT = {
    "drop at RCPT": None,
    "refuse RCPT for now": b"451 4.2.0 greylisted",
    "too many for now": b"450 4.7.1 too many recipients, slow down",
    "busy": b"421 4.3.2 try later",
}
AT_DATA = {"refuse DATA for now": b"452 4.3.1 no room now", "refuse DATA": b"554 5.7.1 no valid recipients"}
AFTER_DOT = {
    "refuse after the dot for now": b"451 4.3.0 not now",
    "refuse after the dot": b"554 5.7.1 message refused by policy",
    "busy after the dot": b"421 4.3.0 shutting down",
    "full": b"550 5.4.5 Daily user sending limit exceeded",
}
KEPT_ODDLY = {"keep it and say nonsense": b"999 what", "keep it and say half": b"25"}
MOODS = (
    *AT_RCPT,
    *AT_DATA,
    *AFTER_DOT,
    *KEPT_ODDLY,
    "refuse the connection",
    "be silent at RCPT",
    "cut in the body",
    "drop what came with the dot",
    "keep it and cut",
    "keep it and be silent",
)
RARELY = ("full", "refuse after the dot", "refuse DATA")
"""These hold an account or end a sequence: a world with many of them would soon stand still."""


@dataclass
class SmtpServer:
    """The server.

    Args:
        chance: draws its moods
        clock: the world's
        outside: remembers what came
        likely: how many of all attempts meet a bad mood
        on_kept: told of each letter that it keeps
        on_fault: told of each mood
        meanwhile: lets something happen before a letter's final dot is answered, by the attempt's key
    """

    chance: Chance
    clock: WorldClock
    outside: Outside
    likely: float
    on_kept: Callable[[LetterSeen], None]
    on_fault: Callable[[str, str], None]
    meanwhile: Callable[[str], None]
    dead: set[str] = field(default_factory=set[str])
    """Addresses that it refuses for good."""
    signs_in: bool = True
    """Whether it takes the password."""

    def __post_init__(self) -> None:
        self._attempts: Counter[str] = Counter()
        self._letters: Counter[str] = Counter()
        self._connections = 0

    def answer(self) -> Talk:
        """Take a connection."""
        self._connections += 1
        if self._has_mood(f"fault/smtp/connection/{self._connections}", "refuse the connection", self.likely / 4):
            raise ConnectionRefusedError(111, "Connection refused")
        return SmtpTalk(self)

    def mood(self, recipient: str) -> str:
        """How it feels about the next attempt at somebody; empty when well."""
        self._attempts[recipient] += 1
        key = f"fault/smtp/{recipient}/{self._attempts[recipient]}"
        chance = self.chance.of(key)
        mood = chance.choice(MOODS)
        if mood in RARELY and chance.random() > 0.1:
            mood = "keep it and cut"
        # Nobody has bad luck for ever.
        if self._attempts[recipient] % 6 == 0 or not self._has_mood(key, mood, self.likely):
            return ""
        return mood

    def seen(self, recipient: str, content: bytes, dot: Dot) -> None:
        """Remember a letter, as far as it came."""
        if b"\r\n\r\n" not in content:
            return
        message = message_from_bytes(content, policy=policy.default)
        action_id = str(message["X-Onelane-Action"] or "")
        self._letters[action_id] += 1
        letter = LetterSeen(
            at=self.clock(),
            sender=USER,
            recipient=recipient,
            message_id=str(message["Message-ID"]),
            action_id=action_id,
            subject=str(message["Subject"] or ""),
            body=_text_of(message),
            dot=dot,
            headers={name.lower(): str(value) for name, value in message.items()},
            attempt=self._letters[action_id],
        )
        self.outside.letters.append(letter)
        if letter.arrived:
            self.on_kept(letter)
            self.meanwhile(f"meanwhile/smtp/{recipient}/{self._attempts[recipient]}")

    def _has_mood(self, key: str, mood: str, likely: float) -> bool:
        happens = self.chance.happens(key, likely)
        if happens:
            self.on_fault(key, mood)
        return happens


class SmtpTalk(Talk):
    """One connection.

    Args:
        server: whose it is
    """

    def __init__(self, server: SmtpServer) -> None:
        super().__init__()
        self._server = server
        self._recipient = self._mood = ""
        self._body: bytes | None = None

    def begin(self) -> None:
        """Greet."""
        self.say(b"220 mx.example.com\r\n")

    def take(self, data: bytes) -> bytes:
        """Read a letter: many lines at once."""
        if self._body is None:
            return data
        self._body += data
        if self._mood == "cut in the body" and b"\r\n\r\n" in self._body:
            self._server.seen(self._recipient, self._body, Dot.NEVER_SEEN)
            self._body = None
            self.cut()
            return b""
        if not self._body.endswith(b"\r\n.\r\n"):
            return b""
        content, self._body = self._body[:-3].replace(b"\r\n..", b"\r\n."), None
        self._end_letter(content)
        return b""

    def line(self, line: bytes) -> None:
        """Answer a command."""
        command = line.split()[0].upper() if line.split() else b""
        if command == b"EHLO":
            self.say(b"250-mx.example.com\r\n250-AUTH PLAIN LOGIN\r\n250-SMTPUTF8\r\n250-8BITMIME\r\n250 SIZE\r\n")
        elif command == b"AUTH":
            self.say(b"235 welcome\r\n" if self._server.signs_in else b"535 5.7.8 bad credentials\r\n")
        elif command == b"RCPT":
            self._hear_recipient(readable(line.partition(b"<")[2].partition(b">")[0].decode()))
        elif command == b"DATA":
            self._begin_letter()
        elif command == b"QUIT":
            self.say(b"221 bye\r\n")
            self.cut()
        else:
            self.say(b"250 ok\r\n")

    def _hear_recipient(self, recipient: str) -> None:
        server = self._server
        self._recipient, self._mood = recipient, server.mood(recipient)
        if recipient in server.dead:
            self.say(b"550 5.1.1 no such user\r\n")
        elif self._mood == "drop at RCPT":
            self.cut()
        elif self._mood == "be silent at RCPT":
            return
        else:
            self.say((AT_RCPT.get(self._mood) or b"250 ok") + b"\r\n")

    def _begin_letter(self) -> None:
        refused = AT_DATA.get(self._mood)
        if refused is not None:
            self.say(refused + b"\r\n")
            return
        self._body = b""
        self.say(b"354 go on\r\n")

    def _end_letter(self, content: bytes) -> None:
        server, mood = self._server, self._mood
        server.clock.pass_by(timedelta(milliseconds=server.chance.of(f"letter/{self._recipient}").randrange(50, 900)))
        if mood in AFTER_DOT:
            server.seen(self._recipient, content, Dot.REFUSED)
            self.say(AFTER_DOT[mood] + b"\r\n")
        elif mood == "drop what came with the dot":
            server.seen(self._recipient, content, Dot.DROPPED)
            self.cut()
        elif mood in KEPT_ODDLY or mood in ("keep it and cut", "keep it and be silent"):
            server.seen(self._recipient, content, Dot.KEPT_SILENTLY)
            if mood in KEPT_ODDLY:
                self.say(KEPT_ODDLY[mood] + b"\r\n")
            if mood != "keep it and be silent":
                self.cut()
        else:
            server.seen(self._recipient, content, Dot.KEPT)
            self.say(b"250 2.0.0 kept\r\n")


def _text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    return "" if body is None else str(body.get_content()).replace("\r\n", "\n")
