"""How the carriage of a letter went, whoever carried it."""

from dataclasses import dataclass
from datetime import datetime

from onelane.tools.outreach.mail.smtp import Transmission


@dataclass(frozen=True, slots=True)
class Delivery:
    """How it went.

    Args:
        transmission: what became of the letter
        was_reached: whether the server let the account in at all
        thread_id: the thread in which the server keeps it, where it says so
        again_at: when it is tried again, where the platform says that
    """

    transmission: Transmission
    was_reached: bool = True
    thread_id: str | None = None
    again_at: datetime | None = None
