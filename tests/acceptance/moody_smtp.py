"""A mail server in bad moods: it drops, delays, refuses, and cuts before and after the final dot."""

import random
import socket
import threading
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import BinaryIO

from onelane.tools.outreach.mail.mail_server import MailServer, Security

LOOPBACK, USER = "127.0.0.1", "ada@example.com"
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


@dataclass
class MoodySmtp:
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
        self._chance = random.Random(self.seed)
        self._guard = threading.Lock()
        self._had: Counter[tuple[str, int]] = Counter()
        self._accepted: Counter[str] = Counter()
        self._listener = socket.create_server((LOOPBACK, 0), backlog=64)
        self._patience = threading.Event()

    @property
    def server(self) -> MailServer:
        """Where it is."""
        return MailServer(LOOPBACK, self._listener.getsockname()[1], Security.NONE, USER)

    def __enter__(self) -> "MoodySmtp":
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._patience.set()
        self._listener.close()

    def has_accepted(self, action_id: str) -> bool:
        """Whether an action's letter was accepted."""
        with self._guard:
            return any(each["X-Onelane-Action"] == action_id for each in self.delivered)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=[connection], daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with suppress(OSError), connection, connection.makefile("rb") as lines:
            connection.sendall(b"220 moody\r\n")
            recipient = mood = ""
            while line := lines.readline():
                command = line.split()[0].upper()
                if command == b"EHLO":
                    connection.sendall(b"250-moody\r\n250-AUTH PLAIN\r\n250 SIZE\r\n")
                elif command == b"AUTH":
                    connection.sendall(b"235 welcome\r\n")
                elif command == b"RCPT":
                    recipient = line.partition(b"<")[2].partition(b">")[0].decode()
                    mood = self._mood(recipient)
                    if not self._hears_recipient(connection, recipient, mood):
                        return
                elif command == b"DATA":
                    if mood == "refuse DATA for now":
                        connection.sendall(b"452 4.3.1 no room now\r\n")
                        continue
                    connection.sendall(b"354 go on\r\n")
                    if not self._takes(connection, lines, recipient, mood):
                        return
                elif command == b"QUIT":
                    return
                else:
                    connection.sendall(b"250 ok\r\n")

    def _mood(self, recipient: str) -> str:
        with self._guard:
            letter = recipient, self._accepted[recipient]
            if self._had[letter] >= self.troubles or self._chance.random() > self.likely:
                return ""
            self._had[letter] += 1
            return self._chance.choice(MOODS)

    def _hears_recipient(self, connection: socket.socket, recipient: str, mood: str) -> bool:
        """Answer a recipient; False where the connection is over."""
        if mood == "drop at RCPT":
            return False
        if mood == "be silent at RCPT":
            self._patience.wait(3)
            return False
        if mood == "delay":
            self._patience.wait(0.2)
        if recipient in self.refused:
            connection.sendall(b"550 5.6.0 never\r\n")
        elif mood == "refuse RCPT for now":
            connection.sendall(b"451 4.2.0 greylisted\r\n")
        else:
            connection.sendall(b"250 ok\r\n")
        return True

    def _takes(self, connection: socket.socket, lines: BinaryIO, recipient: str, mood: str) -> bool:
        """Take a letter, as far as the mood lets; False where the connection is over."""
        body = b""
        while line := lines.readline():
            if mood == "cut in the body" and b"X-Onelane-Action" in body:
                return False
            if line == b".\r\n":
                break
            body += line
        self._note(body)
        if not line:
            return False
        action_id = str(message_from_bytes(body)["X-Onelane-Action"])
        with self._guard:
            self.seen_dots.add(action_id)
        if mood == "refuse after the dot for now":
            connection.sendall(b"451 4.3.0 not now\r\n")
            return True
        if mood == "drop what came with the dot":
            return False
        with self._guard:
            self.delivered.append(message_from_bytes(body))
            self._accepted[recipient] += 1
        if mood == "keep it and be silent":
            self._patience.wait(3)
        if mood.startswith("keep it"):
            return False
        connection.sendall(b"250 2.0.0 kept\r\n")
        return True

    def _note(self, body: bytes) -> None:
        letter = message_from_bytes(body)
        if letter["X-Onelane-Action"] and letter["Date"] and b"\r\n\r\n" in body:
            with self._guard:
                self.attempts[letter["X-Onelane-Action"]].add((letter["Message-ID"], letter["Date"]))
