"""What the process that executes does again and again for sequences (docs/engine.md, "The clock")."""

from onelane.server.engine.scheduler import Recurring
from onelane.tools.outreach.inbound.mail_poll import MailPoll
from onelane.tools.outreach.stopping.watch import Watch


def outreach_things(watch: Watch, mail_poll: MailPoll) -> list[Recurring]:
    """What is done for sequences.

    Args:
        watch: looks after the switch
        mail_poll: reads mailboxes
    """
    return [
        Recurring("watch over what goes out", 1, watch.look),
        Recurring("read mailboxes", 5, mail_poll.look),
    ]
