"""What stays the same from letter to letter of one account, so that it is read once."""

from collections.abc import Sequence
from datetime import datetime

from onelane.storage.database.engine import Session
from onelane.storage.outreach.outbound import transmissions
from onelane.storage.platforms.accounts import Account
from onelane.storage.workflows.templates import Template
from onelane.tools.outreach.planning.pace import Sending
from onelane.tools.outreach.reading.account_facts import CAPS_SPAN, list_sendings
from onelane.tools.outreach.reading.sequence_sources import sequence_of
from onelane.tools.outreach.template.sequence import OutreachSequence
from onelane.tools.registry.errors import BadRequest


class KnownSequences:
    """Sequences by their version, which never changes; what their template says beside it does."""

    def __init__(self) -> None:
        self._sequences: dict[tuple[object, ...], OutreachSequence] = {}

    def of(self, session: Session, template: Template, version_id: str | None) -> OutreachSequence | None:
        """The sequence of a version; None where it can't be read."""
        if version_id is None:
            return _read(session, template, None)
        key = (version_id, template.platform, template.template_type, template.starts_at, template.ends_at)
        if key not in self._sequences:
            read = _read(session, template, version_id)
            if read is None:
                return None
            self._sequences[key] = read
        return self._sequences[key]


class KnownSendings:
    """What went out of an account in the last day, as its turn knows it: nobody else sends from it meanwhile.

    It is read anew as soon as another number of transmissions has begun than is known, and after one that came to
    nothing.
    """

    def __init__(self) -> None:
        self._since: datetime | None = None
        self._begun_count = 0
        self._sendings: list[Sending] = []

    def of(self, session: Session, account: Account) -> Sequence[Sending]:
        """What went out of the account."""
        since = self._since
        if since is None or transmissions.count_begun(session, account.id, since) != self._begun_count:
            self._since = since = session.now() - CAPS_SPAN
            self._sendings = list_sendings(session, account)
            self._begun_count = transmissions.count_begun(session, account.id, since)
        return self._sendings

    def add(self, at: datetime, *, is_first: bool, template_id: str | None) -> None:
        """Note what goes out now."""
        self._sendings.append(Sending(at.replace(microsecond=0), is_first, template_id))
        self._begun_count += 1

    def forget(self) -> None:
        """What was to go out came to nothing, or nobody knows: it is read anew."""
        self._since = None


def _read(session: Session, template: Template, version_id: str | None) -> OutreachSequence | None:
    try:
        return sequence_of(session, template, version_id)
    except BadRequest:
        return None
