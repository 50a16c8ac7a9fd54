"""What the process that executes does again and again for sequences (docs/engine.md, "The clock")."""

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from onelane.server.engine.scheduler import DAY_SECONDS, RecurringJob
from onelane.server.engine.sending_duty import SendingDuty
from onelane.storage.database.engine import Database
from onelane.storage.workflows.due_enrollments import is_anybody_due
from onelane.tools.registry.context import Services

if TYPE_CHECKING:
    from onelane.tools.outreach.inbound.mail_poll import MailPoll
    from onelane.tools.outreach.open_templates import OpenTemplates
    from onelane.tools.outreach.stopping.watch import Watch

_KEPT_TEXT_DAYS = 180
"""So long the words of an answer are kept."""
_LOOKS_AT_ONCE = 20
"""While many people are due in sequences, so many looks follow each other before anything else is asked."""


class RecurringOutreach:
    """What is done for sequences. What does it is loaded when it is time, for most commands are over before.

    Args:
        services: what sequences are moved and sent with
        begins_stopped: the person said that this process begins with everything stopped
    """

    def __init__(self, services: Services, *, begins_stopped: bool = False) -> None:
        self._services = services
        self._begins_stopped = begins_stopped

    def begin(self) -> None:
        """Look whether anything may go out, before anything is carried out."""
        self._watch.begin()

    def jobs(self) -> list[RecurringJob]:
        """What is done again and again."""
        database, duty = self._services.database, SendingDuty(self._services)
        return [
            RecurringJob("move sequences", 1, lambda: _move_sequences(self._services)),
            RecurringJob("send what is approved", 1, duty.send, duty.stop),
            RecurringJob("watch over what goes out", 1, self._look),
            RecurringJob("read mailboxes", 5, self._read_mailboxes),
            RecurringJob("settle what is uncertain", 60, duty.settle),
            RecurringJob("enroll who fits", 60, self._enroll_fitting),
            RecurringJob("forget old answers", DAY_SECONDS, lambda: _forget_texts(database)),
        ]

    def _look(self) -> None:
        self._watch.look()

    def _read_mailboxes(self) -> None:
        self._mail_poll.look()

    def _enroll_fitting(self) -> None:
        self._open_templates.enroll_fitting()

    @cached_property
    def _watch(self) -> "Watch":
        from onelane.tools.outreach.stopping.watch import Watch

        return Watch(self._services, begins_stopped=self._begins_stopped)

    @cached_property
    def _mail_poll(self) -> "MailPoll":
        from onelane.tools.outreach.inbound.mail_poll import MailPoll

        return MailPoll(self._services)

    @cached_property
    def _open_templates(self) -> "OpenTemplates":
        from onelane.tools.outreach.open_templates import OpenTemplates

        return OpenTemplates(self._services.database, self._services.vault)


def _move_sequences(services: Services) -> None:
    """Look at whoever is due in a sequence; what moves them is loaded when there is somebody."""
    with services.database.read() as session:
        if not is_anybody_due(session):
            return
    from onelane.tools.outreach.moving.mover import AT_ONCE, move_due

    for _ in range(_LOOKS_AT_ONCE):
        if move_due(services.database, services) < AT_ONCE:
            return


def _forget_texts(database: Database) -> None:
    """Drop what people wrote so long ago; that they answered, and when, is kept."""
    from onelane.storage.outreach import inbound_messages

    with database.write() as session:
        inbound_messages.forget_texts(session, before=session.now() - timedelta(days=_KEPT_TEXT_DAYS))
