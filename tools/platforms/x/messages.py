"""The direct messages of an X archive: that they passed, between whom and when. Their texts are passed over."""

from collections.abc import Iterator

from onelane.tools.platforms.formats.instants import iso_instant
from onelane.tools.platforms.formats.json_values import JsonObject, objects_of, text_of
from onelane.tools.platforms.formats.records import BadLine, MessageRecord, PersonRecord, SkippedLine
from onelane.tools.platforms.x.files import XFiles
from onelane.tools.platforms.x.people import Names, x_person


def read_messages(files: XFiles, own_id: str | None, names: Names) -> Iterator[MessageRecord | BadLine | SkippedLine]:
    """Every message of the conversations with one person, then of those with several."""
    if own_id is None:
        if {"messages", "group_messages"} & files.parts.keys():
            yield SkippedLine(1, "these messages do not tell whose they are; import the whole archive")
        return
    for kind in ("messages", "group_messages"):
        for entry in files.entries(kind, "dmConversation"):
            if isinstance(entry, BadLine):
                yield entry
            else:
                yield from _conversation(*entry, own_id, names, is_group=kind == "group_messages")


def _conversation(
    line: int, conversation: JsonObject, own_id: str, names: Names, *, is_group: bool
) -> Iterator[MessageRecord]:
    thread = text_of(conversation, "conversationId")
    for event in objects_of(conversation, "messages"):
        message = event.get("messageCreate")
        if not isinstance(message, dict):
            continue  # someone joined, left or renamed the group
        sender = text_of(message, "senderId")
        is_outbound = sender == own_id
        other_ids = _recipients(thread, message, own_id) if is_outbound else [sender]
        yield MessageRecord(
            line=line,
            platform="x",
            message_id=text_of(message, "id") or f"{thread}:{text_of(message, 'createdAt')}:{sender}",
            thread_id=thread or None,
            sent_at=iso_instant(text_of(message, "createdAt")),
            direction="outbound" if is_outbound else "inbound",
            people=tuple(_person(line, other_id, names) for other_id in other_ids if other_id),
            is_group=is_group,
        )


def _recipients(thread: str, message: JsonObject, own_id: str) -> list[str]:
    """To whom a message of the owner went: a group's has no recipient, and its members are not in the archive."""
    recipient = text_of(message, "recipientId")
    if recipient:
        return [recipient]
    return [part for part in thread.split("-") if part.isdecimal() and part != own_id] if "-" in thread else []


def _person(line: int, user_id: str, names: Names) -> PersonRecord:
    return x_person(line, user_id, *names.of(user_id))
