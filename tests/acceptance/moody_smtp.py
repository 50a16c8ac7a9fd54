"""A mail server in bad moods: it drops, delays, refuses, and cuts before and after the final dot."""

import random
import socket
import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import BinaryIO

from tests.tools.outreach.mail.mail_servers import Listener

MOODS = (
    "drop at RCPT",
    "refuse RCPT for now",
    "refuse DATA for now",
    "be silent at RCPT",
    "delay",
    "cut in the body",
    "refuse after the dot for now",
    "drop what came with the dot",
    "keep it and cut",
    "keep it and be silent",
)


_ANSWERS = {
    b"EHLO": b"250-moody\r\n250-AUTH PLAIN\r\n250 SIZE",
    b"AUTH": b"235 welcome",
    b"DATA": b"452 4.3.1 no room now",
}


class _Over(ConnectionError):
    """The server has closed the connection."""


@dataclass
class MoodySmtp(Listener):
    """A server that takes each letter after a trouble or two, and remembers all that it saw.

    Args:
        seed: draws its moods
        troubles: so many at most for each letter
        likely: how many of all attempts meet a bad mood
        refused: addresses that it refuses for good
    """

    seed: int
    troubles: int
    likely: float = 0.3
    refused: frozenset[str] = frozenset()
    delivered: list[Message] = field(default_factory=list[Message])
    """What it accepted, in order."""
    attempts: dict[str, set[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict[str, set[tuple[str, str]]](set)
    )
    """The Message-ID and the date of each action's letters, also of those that were cut."""
    seen_dots: set[str] = field(default_factory=set[str])
    """The actions whose final dot came in."""

    def __post_init__(self) -> None:
        super().__init__()
        self._chance = random.Random(self.seed)
        self._guard = threading.Lock()
        self._had: Counter[tuple[str, int]] = Counter()
        self._accepted: Counter[str] = Counter()
        self._patience = threading.Event()
        self._last: dict[str, Message] = {}

    def __exit__(self, *failure: object) -> None:
        self._patience.set()
        super().__exit__(*failure)

    def has_accepted(self, action_id: str) -> bool:
        """Whether an action's letter was accepted."""
        with self._guard:
            return any(each["X-Onelane-Action"] == action_id for each in self.delivered)

    def talk(self, connection: socket.socket, lines: BinaryIO) -> None:
        """Take letters as the mood lets."""
        connection.sendall(b"220 moody\r\n")
        recipient = mood = ""
        while line := lines.readline():
            command = line.split()[0].upper()
            if command == b"RCPT":
                recipient = line.partition(b"<")[2].partition(b">")[0].decode()
                mood = self._mood(recipient)
                self._hear_recipient(connection, recipient, mood)
            elif command == b"DATA" and mood != "refuse DATA for now":
                connection.sendall(b"354 go on\r\n")
                self._take_letter(connection, lines, recipient, mood)
            elif command == b"QUIT":
                return
            else:
                connection.sendall(_ANSWERS.get(command, b"250 ok") + b"\r\n")

    def _mood(self, recipient: str) -> str:
        with self._guard:
            letter = recipient, self._accepted[recipient]
            if self._had[letter] >= self.troubles or self._chance.random() > self.likely:
                return ""
            self._had[letter] += 1
            return self._chance.choice(MOODS)

    def _hear_recipient(self, connection: socket.socket, recipient: str, mood: str) -> None:
        if mood == "be silent at RCPT":
            self._patience.wait(3)
        if mood in ("drop at RCPT", "be silent at RCPT"):
            raise _Over
        if mood == "delay":
            self._patience.wait(0.2)
        answer = b"451 4.2.0 greylisted" if mood == "refuse RCPT for now" else b"250 ok"
        connection.sendall((b"550 5.6.0 never" if recipient in self.refused else answer) + b"\r\n")

    def _take_letter(self, connection: socket.socket, lines: BinaryIO, recipient: str, mood: str) -> None:
        """Take a letter, as far as the mood lets."""
        action_id = self._read(lines, mood)
        with self._guard:
            self.seen_dots.add(action_id)
        if mood == "refuse after the dot for now":
            connection.sendall(b"451 4.3.0 not now\r\n")
            return
        if mood == "drop what came with the dot":
            raise _Over
        with self._guard:
            self.delivered.append(self._last[action_id])
            self._accepted[recipient] += 1
        if mood == "keep it and be silent":
            self._patience.wait(3)
        if mood.startswith("keep it"):
            raise _Over
        connection.sendall(b"250 2.0.0 kept\r\n")

    def _read(self, lines: BinaryIO, mood: str) -> str:
        """Read a letter up to its final dot; its action's id."""
        body = b""
        while (line := lines.readline()) != b".\r\n":
            body += line
            if not line or (mood == "cut in the body" and body.endswith(b"\r\n\r\n")):
                self._note(body)
                raise _Over
        return self._note(body)

    def _note(self, body: bytes) -> str:
        """Remember under which id and date a letter came; its action's id."""
        letter = message_from_bytes(body)
        action_id = str(letter["X-Onelane-Action"])
        if b"\r\n\r\n" in body:
            with self._guard:
                self.attempts[action_id].add((letter["Message-ID"], letter["Date"]))
                self._last[action_id] = letter
        return action_id
