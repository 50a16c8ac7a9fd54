"""What a receiver says of a mail's sender: SPF, DKIM, DMARC (RFC 8601; docs/mail.md, "Accounts")."""

import re
from email import message_from_bytes

from onelane.tools.registry.result import Result

_VERDICT = re.compile(r"\b(spf|dkim|dmarc)\s*=\s*([a-z]+)", re.IGNORECASE)
_SIGNED = re.compile(r"(?:^|;)\s*h\s*=\s*([^;]+)", re.IGNORECASE)
_UNSUBSCRIBE = {"list-unsubscribe", "list-unsubscribe-post"}


class Authentication(Result):
    """What the receiving server says, each a word such as `pass`; null where it says nothing."""

    spf: str | None = None
    dkim: str | None = None
    dmarc: str | None = None
    dkim_covers_unsubscribe: bool | None = None
    """Whether both headers of one-click unsubscribing are signed; null where nothing is."""


def authentication_of(head: bytes) -> Authentication:
    """What the head of a received mail tells. Only the topmost result counts: whatever is below may be forged."""
    message = message_from_bytes(head)
    results = [str(value) for value in message.get_all("Authentication-Results", [])]
    verdicts = {name.lower(): word.lower() for name, word in reversed(_VERDICT.findall(results[0] if results else ""))}
    signatures = [str(value) for value in message.get_all("DKIM-Signature", [])]
    return Authentication(
        spf=verdicts.get("spf"),
        dkim=verdicts.get("dkim"),
        dmarc=verdicts.get("dmarc"),
        dkim_covers_unsubscribe=any(map(_covers_unsubscribe, signatures)) if signatures else None,
    )


def _covers_unsubscribe(signature: str) -> bool:
    match = _SIGNED.search(re.sub(r"\s+", " ", signature))
    signed_names: set[str] = set() if match is None else {name.strip().lower() for name in match[1].split(":")}
    return signed_names >= _UNSUBSCRIBE
