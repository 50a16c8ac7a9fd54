"""What an approval is bound to: a hash of what goes, to whom and from which account."""

from hashlib import sha256

import orjson

from onelane.storage.platforms.accounts import Channel, Transport
from onelane.storage.workflows.templates import TemplateStepType


def content_hash(
    *,
    channel: Channel,
    transport: Transport,
    step_type: TemplateStepType,
    from_address: str | None,
    to_address: str | None,
    subject: str | None,
    body_text: str | None,
    body_html: str | None,
    in_reply_to: str | None,
    sender_name: str | None,
) -> str:
    """The hash of an action's content: another text, address, account or name of its sender is another content."""
    parts = [
        channel.value, transport.value, step_type.value, from_address, to_address, subject, body_text, body_html,
        in_reply_to,
    ]  # fmt: skip
    return sha256(orjson.dumps(parts if sender_name is None else [*parts, sender_name])).hexdigest()
