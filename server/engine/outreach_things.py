"""What the process that executes does again and again for sequences (docs/engine.md, "The clock")."""

from datetime import timedelta

from onelane.server.engine.scheduler import DAY_SECONDS, Recurring
from onelane.server.engine.sending_duty import SendingDuty
from onelane.storage.database.engine import Database
from onelane.storage.outreach import inbound_messages
from onelane.storage.workflows.due_enrollments import is_anybody_due
from onelane.tools.outreach.inbound.mail_poll import MailPoll
from onelane.tools.outreach.open_templates import OpenTemplates
from onelane.tools.outreach.stopping.watch import Watch
from onelane.tools.registry.context import Services

_KEPT_TEXT_DAYS = 180
"""So long the words of an answer are kept."""
_LOOKS_AT_ONCE = 20
"""While many people are due in sequences, so many looks follow each other before anything else is asked."""


def outreach_things(services: Services, watch: Watch, mail_poll: MailPoll) -> list[Recurring]:
    """What is done for sequences.

    Args:
        services: what sequences are moved and sent with
        watch: looks after the switch
        mail_poll: reads mailboxes
    """
    database, duty = services.database, SendingDuty(services)
    return [
        Recurring("move sequences", 1, lambda: _move_sequences(services)),
        Recurring("send what is approved", 1, duty.send, duty.stop),
        Recurring("watch over what goes out", 1, watch.look),
        Recurring("read mailboxes", 5, mail_poll.look),
        Recurring("settle what is uncertain", 60, duty.settle),
        Recurring("enroll who fits", 60, OpenTemplates(database, services.vault).enroll_fitting),
        Recurring("forget old answers", DAY_SECONDS, lambda: _forget_texts(database)),
    ]


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
    with database.write() as session:
        inbound_messages.forget_texts(session, before=session.now() - timedelta(days=_KEPT_TEXT_DAYS))
