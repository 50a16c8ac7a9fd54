"""Somebody who was written to, as the mover leaves them behind."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import select

from onelane.storage.database.engine import Database, Session
from onelane.storage.outreach import suppressions
from onelane.storage.outreach.figures import PeopleCounts, count_people
from onelane.storage.outreach.inbound_messages import InboundMessage
from onelane.storage.outreach.outbound import outbound_actions
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.people.contacts import create_contact
from onelane.storage.people.emails import keep_email
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import Account, AuthType, Channel, Platform, Transport
from onelane.storage.workflows import enrollments, templates
from onelane.storage.workflows.enrollments import Enrollment, EnrollmentStatus
from onelane.storage.workflows.templates import TemplateStepType, TemplateType
from onelane.tools.outreach.inbound.inbound import take_mail
from onelane.tools.outreach.mail.mail_facts import read_mail
from onelane.tools.registry.gate.vault import Vault
from onelane.tools.registry.workspace_settings import WorkspaceSettings
from tests.tools.outreach.mail.sample_mail import ME, THEM, Mail

IN_UTC = WorkspaceSettings({"time_zone": "UTC"})


@dataclass
class Letterbox:
    """A database in which one letter went to one person, and a second one waits."""

    database: Database
    vault: Vault
    account: Account
    contact_id: str
    enrollment_id: str
    message_id: str
    action_id: str
    waiting_id: str

    def takes(self, *mails: bytes | Mail) -> dict[str, int]:
        """Take mails in; what was counted, without what is 0."""
        with self.database.write() as session:
            facts = [read_mail(bytes(mail)) for mail in mails]
            counts = take_mail(session, self.vault, self.account, facts, workspace=IN_UTC)
        return {name: number for name, number in counts.items() if number}

    def moves_on(self, *, with_next: ActionStatus = ActionStatus.APPROVED) -> None:
        """The person stands behind the letter that was sent, and the next one is that far."""
        with self.database.write() as session:
            enrollment, waiting = session.get(Enrollment, self.enrollment_id), self._waiting(session)
            assert enrollment is not None
            enrollment.current_step_index, waiting.status = 1, with_next
            session.add_all([enrollment, waiting])

    def is_older(self) -> None:
        """The database is a copy from before the letter went."""
        with self.database.write() as session:
            action = session.get(OutboundAction, self.action_id)
            assert action is not None
            action.status, action.message_id, action.sending_at = ActionStatus.AWAITING_APPROVAL, None, None
            session.add(action)

    def completes(self) -> None:
        """The letter was the last one: the person has completed the sequence."""
        with self.database.write() as session:
            enrollment, action = (
                session.get(Enrollment, self.enrollment_id),
                session.get(OutboundAction, self.action_id),
            )
            assert enrollment is not None
            assert action is not None
            enrollment.status, action.sent_at = EnrollmentStatus.COMPLETED, action.sending_at
            session.add_all([enrollment, action])

    def writes_to_another(self, address: str) -> str:
        """Somebody else with this address got a letter of the same sequence; their enrollment."""
        with self.database.write() as session:
            contact = create_contact(session, name="Another", platform=Platform.GMAIL, email=address)
            keep_email(session, contact.id, address=address, normalized=address, source="hand", is_verified=False)
            template_id = self.enrollment.template_id
            enrollment = enrollments.enroll_contact(session, template_id=template_id, contact_id=contact.id)
            assert enrollment is not None
            enrollment.status = EnrollmentStatus.ACTIVE
            letter = _letter(self.account, contact.id, template_id, enrollment.id, 0) | {"to_address": address}
            outbound_actions.create_action(
                session, **letter, status=ActionStatus.SENT, sending_at=session.now() - timedelta(hours=1)
            )
            session.add(enrollment)
            return enrollment.id

    def status_of(self, enrollment_id: str) -> str:
        """How somebody's stay stands."""
        with self.database.read() as session:
            return session.get_one(Enrollment, enrollment_id).status.value

    def counts(self) -> PeopleCounts:
        """The figures of the sequence."""
        with self.database.read() as session:
            return count_people(session, self.enrollment.template_id)

    def now(self) -> datetime:
        """This instant."""
        with self.database.read() as session:
            return session.now()

    def account_rests_for(self) -> str | None:
        """Why the account rests."""
        with self.database.read() as session:
            account = accounts.get_account(session, self.account.id)
            assert account is not None
            return account.pause_reason

    @property
    def state(self) -> tuple[str, str | None, str]:
        """Where the person is, why, and what became of the letter that waits."""
        with self.database.read() as session:
            enrollment, action = session.get(Enrollment, self.enrollment_id), self._waiting(session)
            assert enrollment is not None
            return enrollment.status.value, enrollment.state_reason, action.status.value

    @property
    def letter(self) -> tuple[str, str | None]:
        """What became of the letter that went, and why."""
        with self.database.read() as session:
            action = outbound_actions.get_action(session, self.action_id)
            assert action is not None
            return action.status.value, action.error_class

    @property
    def enrollment(self) -> Enrollment:
        """The person's enrollment."""
        with self.database.read() as session:
            enrollment = session.get(Enrollment, self.enrollment_id)
            assert enrollment is not None
            return enrollment

    def suppressed_addresses(self) -> list[tuple[str | None, str]]:
        """Which addresses are suppressed, and why."""
        with self.database.read() as session:
            return [(row.address, row.reason.value) for row in suppressions.list_suppressions(session, limit=100)]

    def kept_mail(self) -> list[InboundMessage]:
        """The mail that was kept."""
        with self.database.read() as session:
            return list(session.exec(select(InboundMessage)).all())

    def _waiting(self, session: Session) -> OutboundAction:
        action = outbound_actions.get_action(session, self.waiting_id)
        assert action is not None
        return action


def letterbox(database: Database, vault: Vault) -> Letterbox:
    """A person who was written to an hour ago."""
    with database.write() as session:
        account = accounts.ensure_account(
            session, platform=Platform.GMAIL, display_name=ME, auth_type=AuthType.API_KEY, account_key=ME
        )
        contact = create_contact(session, name="Grace Example", platform=Platform.GMAIL, email=THEM)
        keep_email(session, contact.id, address=THEM, normalized=THEM, source="hand", is_verified=True)
        template = templates.create_template(session, name="Spring", template_type=TemplateType.OUTREACH)
        enrollment = enrollments.enroll_contact(session, template_id=template.id, contact_id=contact.id)
        assert enrollment is not None
        enrollment.status = EnrollmentStatus.ACTIVE
        session.add(enrollment)
        sent_action, waiting = (
            outbound_actions.create_action(
                session, **_letter(account, contact.id, template.id, enrollment.id, step), **state
            )
            for step, state in enumerate(
                (
                    {"status": ActionStatus.SENT, "sending_at": session.now() - timedelta(hours=1)},
                    {"status": ActionStatus.APPROVED},
                )
            )
        )
        assert sent_action is not None
        assert waiting is not None
        sent_action.message_id = f"<{sent_action.id}.k7qf@example.com>"
        session.add(sent_action)
        return Letterbox(
            database, vault, account, contact.id, enrollment.id, sent_action.message_id, sent_action.id, waiting.id
        )


def _letter(account: Account, contact_id: str, template_id: str, enrollment_id: str, step: int) -> dict[str, Any]:
    return {
        "action_key": outbound_actions.action_key(enrollment_id, step, 0),
        "enrollment_id": enrollment_id,
        "contact_id": contact_id,
        "template_id": template_id,
        "platform_account_id": account.id,
        "channel": Channel.EMAIL,
        "transport": Transport.SMTP,
        "step_type": TemplateStepType.MESSAGE,
        "step_index": step,
        "from_address": ME,
        "to_address": THEM,
        "subject": "Compilers",
        "content_hash": "hash",
    }
