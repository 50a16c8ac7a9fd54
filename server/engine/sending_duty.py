"""Sending, as the process that executes does it again and again (docs/engine.md, "The clock")."""

import threading

from onelane.storage.outreach import failure_counts
from onelane.storage.outreach.outbound import outbound_line, transmissions
from onelane.tools.registry.context import Services


class SendingDuty:
    """Sends what is approved, and looks up what nobody knows the outcome of.

    What does it is loaded once there is something to do.

    Args:
        services: what the whole program has once
    """

    def __init__(self, services: Services) -> None:
        self._database = services.database
        self._services = services
        self._stopping = threading.Event()
        self._has_begun = False

    def send(self) -> None:
        """Send what is due."""
        with self._database.read() as session:
            if not outbound_line.is_anything_due(session):
                return
        from onelane.tools.outreach.sending.recovery import take_over
        from onelane.tools.outreach.sending.transmission import send_due

        if not self._has_begun and self._database.dialect == "sqlite":
            # Only one process executes here, so that nobody else can be transmitting anything.
            take_over(self._database)
        self._has_begun = True
        send_due(self._database, self._services, until=self._stopping.is_set)

    def settle(self) -> None:
        """Look up what is uncertain, and whether a sequence's messages fail too often."""
        with self._database.read() as session:
            has_uncertain = bool(transmissions.list_uncertain(session))
            has_sequences = bool(failure_counts.running_sequences(session))
        if has_uncertain:
            from onelane.tools.outreach.sending.settling import settle_uncertain

            settle_uncertain(self._database, self._services)
        if has_sequences:
            from onelane.tools.outreach.sending.breaker import look_at_sequences

            look_at_sequences(self._database)

    def stop(self) -> None:
        """Begin no other letter; the one that is under way is finished, or taken up by the next process."""
        self._stopping.set()
