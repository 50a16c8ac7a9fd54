"""The person's mailbox, read by IMAP: folders of mails with their ids, and faults drawn from the seed."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP

from tests.worlds.chance import Chance
from tests.worlds.clock import WorldClock
from tests.worlds.outside import MailInbox, Outside
from tests.worlds.wire import Talk

FAULTS = ("cut", "be silent", "refuse")
_WORD = re.compile(rb'"((?:[^"\\]|\\.)*)"|(\S+)')


@dataclass(frozen=True, slots=True)
class Kept:
    """A mail in a folder.

    Args:
        uid: its number
        content: the whole
        head: its header
        at: when it came in
    """

    uid: int
    content: bytes
    head: bytes
    at: datetime


@dataclass
class Folder:
    """A folder.

    Args:
        flags: as LIST shows them
        uid_validity: ids count from 1 anew when this changes
    """

    flags: str
    uid_validity: int = 1
    mails: list[Kept] = field(default_factory=list[Kept])
    next_uid: int = 1

    def put(self, content: bytes, at: datetime) -> int:
        """Put a mail in; its number."""
        uid, self.next_uid = self.next_uid, self.next_uid + 1
        self.mails.append(Kept(uid, content, content.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", at))
        return uid

    def renumber(self) -> None:
        """Give all mails other numbers, as a server that was set up anew does."""
        self.uid_validity += 1
        self.mails = [Kept(uid, each.content, each.head, each.at) for uid, each in enumerate(self.mails, start=1)]
        self.next_uid = len(self.mails) + 1


@dataclass
class Mailbox:
    """The mailbox and its server.

    Args:
        chance: draws its faults
        clock: the world's
        outside: remembers what came in
        likely: how many of all connections go wrong
        on_fault: told of each fault
    """

    chance: Chance
    clock: WorldClock
    outside: Outside
    likely: float
    on_fault: Callable[[str, str], None]
    folders: dict[str, Folder] = field(
        default_factory=lambda: {
            "INBOX": Folder("\\HasNoChildren"),
            "Sent": Folder("\\HasNoChildren \\Sent"),
            "Junk": Folder("\\HasNoChildren \\Junk"),
        }
    )

    def __post_init__(self) -> None:
        self._connections = 0

    def deliver(self, message: EmailMessage, kind: str, about: str, *, folder: str = "INBOX") -> None:
        """Put a mail of somebody's into the mailbox."""
        uid = self.folders[folder].put(message.as_bytes(policy=SMTP), self.clock())
        self.outside.mailbox.append(MailInbox(self.clock(), uid, folder, message, kind, about))

    def answer(self) -> Talk:
        """Take a connection."""
        self._connections += 1
        key = f"fault/imap/{self._connections}"
        fault, after = "", 0
        if self.chance.happens(key, self.likely):
            chance = self.chance.of(f"{key}/kind")
            fault, after = chance.choice(FAULTS), chance.randrange(1, 14)
            self.on_fault(key, f"{fault} at command {after}")
        return ImapTalk(self, fault, after)


class ImapTalk(Talk):
    """One connection.

    Args:
        mailbox: whose it is
        fault: how it goes wrong; empty when it doesn't
        after: at which command
    """

    def __init__(self, mailbox: Mailbox, fault: str, after: int) -> None:
        super().__init__()
        self._mailbox = mailbox
        self._fault, self._after = fault, after
        self._folder = Folder("")
        self._appended: tuple[bytes, str, int] | None = None
        self._literal = b""

    def begin(self) -> None:
        """Greet."""
        self.say(b"* OK ready\r\n")

    def take(self, data: bytes) -> bytes:
        """Read the mail that is appended."""
        if self._appended is None:
            return data
        tag, name, size = self._appended
        self._literal += data
        if len(self._literal) < size + 2:
            return b""
        self._appended = None
        self._mailbox.folders[name].put(self._literal[:size], self._mailbox.clock())
        self.say(tag + b" OK appended\r\n")
        return self._literal[size + 2 :]

    def line(self, line: bytes) -> None:
        """Answer a command."""
        tag, _, rest = line.strip().partition(b" ")
        self._after -= 1
        if self._fault and self._after == 0:
            if self._fault == "cut":
                self.cut()
            elif self._fault == "refuse":
                self.say(tag + b" NO [UNAVAILABLE] not now\r\n")
            return
        command, _, arguments = rest.partition(b" ")
        if command.upper() == b"UID":
            command, _, arguments = arguments.partition(b" ")
        answers = {
            b"CAPABILITY": self._capability,
            b"LOGOUT": self._logout,
            b"LIST": self._list,
            b"STATUS": self._status,
            b"EXAMINE": self._examine,
            b"SEARCH": self._search,
            b"FETCH": self._fetch,
            b"APPEND": self._begin_append,
        }
        answers.get(command.upper(), self._yes)(tag, arguments)

    def _yes(self, tag: bytes, arguments: bytes) -> None:
        self.say(tag + b" OK done\r\n")

    def _capability(self, tag: bytes, arguments: bytes) -> None:
        self.say(b"* CAPABILITY IMAP4rev1 SPECIAL-USE\r\n" + tag + b" OK done\r\n")

    def _logout(self, tag: bytes, arguments: bytes) -> None:
        self.say(b"* BYE\r\n" + tag + b" OK done\r\n")
        self.cut()

    def _list(self, tag: bytes, arguments: bytes) -> None:
        lines = [f'* LIST ({folder.flags}) "/" "{name}"\r\n' for name, folder in self._mailbox.folders.items()]
        self.say("".join(lines).encode() + tag + b" OK done\r\n")

    def _status(self, tag: bytes, arguments: bytes) -> None:
        name = _words(arguments)[0]
        folder = self._mailbox.folders[name]
        said = f'* STATUS "{name}" (UIDVALIDITY {folder.uid_validity} UIDNEXT {folder.next_uid})\r\n'
        self.say(said.encode() + tag + b" OK done\r\n")

    def _examine(self, tag: bytes, arguments: bytes) -> None:
        self._folder = self._mailbox.folders[_words(arguments)[0]]
        said = f"* {len(self._folder.mails)} EXISTS\r\n* OK [UIDVALIDITY {self._folder.uid_validity}] ids\r\n"
        self.say(said.encode() + tag + b" OK [READ-ONLY] done\r\n")

    def _search(self, tag: bytes, arguments: bytes) -> None:
        words = _words(arguments.removeprefix(b"(").removesuffix(b")"))
        found = " ".join(str(each.uid) for each in self._found(words))
        self.say(f"* SEARCH {found}".rstrip().encode() + b"\r\n" + tag + b" OK done\r\n")

    def _found(self, words: list[str]) -> list[Kept]:
        mails = self._folder.mails
        if words[0] == "UID":
            first = int(words[1].partition(":")[0])
            # A range that begins behind the last one gives the last one.
            return [each for each in mails if each.uid >= first] or mails[-1:]
        if words[0] == "SINCE":
            day = datetime.strptime(words[1], "%d-%b-%Y").date()  # noqa: DTZ007 - a day of the server's
            return [each for each in mails if each.at.date() >= day]
        wanted = f"{words[1]}: ".lower().encode(), words[2].lower().encode()
        return [
            each
            for each in mails
            if any(
                line.lower().startswith(wanted[0]) and wanted[1] in line.lower() for line in each.head.split(b"\r\n")
            )
        ]

    def _fetch(self, tag: bytes, arguments: bytes) -> None:
        asked, _, what = arguments.partition(b" ")
        wanted = {int(uid) for uid in asked.split(b",")}
        for number, each in enumerate(self._folder.mails, start=1):
            if each.uid in wanted:
                content = each.head if b"HEADER" in what else each.content
                self.say(
                    f"* {number} FETCH (UID {each.uid} BODY[] {{{len(content)}}}\r\n".encode() + content + b")\r\n"
                )
        self.say(tag + b" OK done\r\n")

    def _begin_append(self, tag: bytes, arguments: bytes) -> None:
        size = int(arguments.rpartition(b"{")[2].partition(b"}")[0])
        self._appended, self._literal = (tag, _words(arguments)[0], size), b""
        self.say(b"+ go on\r\n")


def _words(arguments: bytes) -> list[str]:
    return [(quoted or plain).decode() for quoted, plain in _WORD.findall(arguments)]
