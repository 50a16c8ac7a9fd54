"""LinkedIn's messages.csv and Invitations.csv: who, when and which way. The texts are passed over."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal, NamedTuple

from onelane.tools.platforms.formats.cells import yes_or_no
from onelane.tools.platforms.formats.instants import us_instant
from onelane.tools.platforms.formats.records import BadLine, MessageRecord, Owner, PersonRecord, SkippedLine, Unread
from onelane.tools.platforms.formats.table import Table
from onelane.tools.platforms.linkedin.profiles import Profile, parse_profile

_Cells = dict[str, str]
_Direction = Literal["inbound", "outbound"]
_ROWS_TO_ASK = 2000
_UNREAD_DATE = (Unread("the date of a message or an invitation: not one certain instant"),)
_DIRECTIONS: dict[str, _Direction] = {
    "outgoing": "outbound", "ausgehend": "outbound", "sortante": "outbound", "saliente": "outbound",
    "in uscita": "outbound", "uitgaand": "outbound", "incoming": "inbound", "eingehend": "inbound",
    "entrante": "inbound", "entrant": "inbound", "in arrivo": "inbound", "inkomend": "inbound",
}  # fmt: skip


class _Side(NamedTuple):
    """Someone who takes part: the name as LinkedIn shows it, and the profile where the file has it."""

    name: str
    profile: Profile | None

    @property
    def key(self) -> str:
        return self.profile.slug if self.profile else self.name


def is_messages_header(header: Sequence[str]) -> bool:
    """`CONVERSATION ID, ..., FROM, SENDER PROFILE URL, TO, ..., DATE, ...`; older files have fewer."""
    return {"from", "to", "date"} <= set(header) and ("conversation id" in header or "direction" in header)


def is_invitations_header(header: Sequence[str]) -> bool:
    """`From, To, Sent At, Message, Direction, inviterProfileUrl, inviteeProfileUrl`."""
    return {"from", "to", "sent at", "direction"} <= set(header)


def find_owner_profile(messages: Table | None, invitations: Table | None, name: str | None) -> Profile | None:
    """Whose export it is: every message and every invitation has the owner on one side.

    Args:
        messages: messages.csv, if there is one
        invitations: Invitations.csv, if there is one
        name: the owner's name as Profile.csv has it, which settles it where it occurs
    """
    sides: Counter[Profile] = Counter()
    if invitations is not None:
        sides.update(side for cells in _first_rows(invitations) for side in _own_sides(cells))
    if messages is not None:
        for cells in _first_rows(messages):
            sender = _sender(cells)
            if name and sender.profile and sender.name.lower() == name.lower():
                return sender.profile
            sides.update({side.profile for side in (sender, *_recipients(cells)) if side.profile})
    first, second = (*sides.most_common(2), None, None)[:2]
    # With a single conversation both people are in every row, and nothing tells who is who.
    return first[0] if first and not (second and second[1] == first[1]) else None


def read_messages(table: Table, owner: Owner) -> Iterator[MessageRecord | BadLine | SkippedLine]:
    """One record per message. In a thread with several people it is a group's; one from no profile is advertising."""
    second = _Second()
    for entry in table.rows():
        if isinstance(entry, BadLine):
            yield entry
            continue
        line, cells = entry[0], _cells_by_column(table, entry[1])
        draft = cells.get("is message draft")
        if draft and yes_or_no(draft) is not False:
            doubt = "a draft, never sent" if yes_or_no(draft) else "a word under IS MESSAGE DRAFT that is no yes or no"
            yield SkippedLine(line, doubt)
        elif (direction := _direction(cells, owner)) is None:
            yield SkippedLine(line, "the export does not tell whose it is, so not who wrote to whom")
        else:
            message = _message(line, cells, owner, direction)
            message.message_id += second.place_of(message.message_id, cells.get("content", ""))
            yield message


@dataclass(slots=True)
class _Second:
    """Messages of one second, by one writer in one thread, which stand one behind the other and are told apart."""

    message_id: str = ""
    texts: list[int] = field(default_factory=list[int])
    """Their texts, as numbers; the same text is the same message, which the file has twice."""

    def place_of(self, message_id: str, text: str) -> str:
        """What tells a message apart from those before it; nothing for the first."""
        if message_id != self.message_id:
            self.message_id, self.texts = message_id, []
        if (number := hash(text)) not in self.texts:
            self.texts.append(number)
        place = self.texts.index(number)
        return f":{place + 1}" if place else ""


def read_invitations(table: Table, owner: Owner) -> Iterator[MessageRecord | BadLine | SkippedLine]:
    """One record per invitation to connect."""
    for entry in table.rows():
        if isinstance(entry, BadLine):
            yield entry
            continue
        line, cells = entry[0], _cells_by_column(table, entry[1])
        if direction := _direction_of_invitation(cells, owner):
            yield _invitation(line, cells, direction)
        else:
            yield SkippedLine(line, "an invitation that does not say whether it came or went")


def _first_rows(table: Table) -> Iterator[_Cells]:
    for entry in islice(table.rows(), _ROWS_TO_ASK):
        if not isinstance(entry, BadLine):
            yield _cells_by_column(table, entry[1])


def _cells_by_column(table: Table, row: list[str]) -> _Cells:
    return {column: cell.strip() for column, cell in zip(table.columns, row, strict=True)}


def _own_sides(invitation: _Cells) -> Iterator[Profile]:
    """The owner's side of an invitation; both where its direction is said in a language that is not known."""
    direction = _DIRECTIONS.get(invitation["direction"].lower())
    if direction != "inbound" and (inviter := parse_profile(invitation.get("inviterprofileurl", ""))):
        yield inviter
    if direction != "outbound" and (invitee := parse_profile(invitation.get("inviteeprofileurl", ""))):
        yield invitee


def _direction_of_invitation(cells: _Cells, owner: Owner) -> _Direction | None:
    inviter, invitee = (parse_profile(cells.get(side, "")) for side in ("inviterprofileurl", "inviteeprofileurl"))
    if direction := _DIRECTIONS.get(cells["direction"].lower()):
        return direction
    if owner.platform_user_id is None:
        return None
    if inviter and inviter.slug == owner.platform_user_id:
        return "outbound"
    return "inbound" if invitee and invitee.slug == owner.platform_user_id else None


def _direction(cells: _Cells, owner: Owner) -> _Direction | None:
    if direction := _DIRECTIONS.get(cells.get("direction", "").lower()):
        return direction
    sender = _sender(cells)
    if sender.profile and owner.platform_user_id:
        return "outbound" if sender.profile.slug == owner.platform_user_id else "inbound"
    if owner.name:
        return "outbound" if sender.name.lower() == owner.name.lower() else "inbound"
    return "inbound" if owner.platform_user_id else None


def _sender(cells: _Cells) -> _Side:
    return _Side(cells["from"], parse_profile(cells.get("sender profile url", "")))


def _recipients(cells: _Cells) -> list[_Side]:
    """The recipients. Names are joined by commas, which occur in names too: they count only where the numbers agree."""
    urls = [url for url in cells.get("recipient profile urls", "").split(",") if url.strip()]
    names = [name.strip() for name in cells["to"].split(",") if name.strip()]
    if len(urls) == 1:
        names = [cells["to"]]
    if not urls:
        return [_Side(name, None) for name in names]
    names = names if len(names) == len(urls) else [""] * len(urls)
    return [_Side(name, parse_profile(url)) for name, url in zip(names, urls, strict=True)]


def _message(line: int, cells: _Cells, owner: Owner, direction: _Direction) -> MessageRecord:
    sender, recipients = _sender(cells), _recipients(cells)
    other_keys = {side.key for side in (sender, *recipients)} - {owner.platform_user_id, owner.name}
    people = _people(line, [sender] if direction == "inbound" else recipients, owner)
    thread, folder, date_text = cells.get("conversation id") or None, cells.get("folder", ""), cells["date"]
    sent_at = us_instant(date_text)
    return MessageRecord(
        line=line,
        platform="linkedin",
        message_id=f"message:{thread or recipients[0].key if recipients else ''}:{date_text}:{sender.key}",
        thread_id=thread,
        sent_at=sent_at,
        direction=direction,
        people=people,
        is_bulk=folder.upper() == "SPAM" or (direction == "inbound" and not people),
        is_group=len(other_keys) > 1,
        labels=(folder,) if folder else (),
        unread=() if sent_at or not date_text else _UNREAD_DATE,
    )


def _invitation(line: int, cells: _Cells, direction: _Direction) -> MessageRecord:
    name, url = ("to", "inviteeprofileurl") if direction == "outbound" else ("from", "inviterprofileurl")
    other_side = _Side(cells[name], parse_profile(cells.get(url, "")))
    sent_at = us_instant(cells["sent at"])
    return MessageRecord(
        line=line,
        platform="linkedin",
        message_id=f"invitation:{direction}:{other_side.key}:{cells['sent at']}",
        thread_id=None,
        sent_at=sent_at,
        direction=direction,
        people=_people(line, [other_side], Owner()),
        kind="invitation",
        unread=() if sent_at or not cells["sent at"] else _UNREAD_DATE,
    )


def _people(line: int, sides: Sequence[_Side], owner: Owner) -> tuple[PersonRecord, ...]:
    """Those who can be told: "LinkedIn Member" without a profile is nobody in particular."""
    return tuple(
        PersonRecord(
            line=line,
            platform="linkedin",
            platform_user_id=profile.slug if profile else None,
            handle=profile.slug if profile else None,
            url=profile.url if profile else None,
            name=name or None,
        )
        for name, profile in sides
        if profile is None or profile.slug != owner.platform_user_id
        if profile or (name and name not in {owner.name, "LinkedIn Member"})
    )
