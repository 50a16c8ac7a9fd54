"""A sequence with an account on a real mail server, whose letters wait as the mover leaves them behind."""

import json
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from onelane.storage.database.engine import Database
from onelane.storage.database.rows import table_of
from onelane.storage.outreach.outbound import outbound_actions, outbound_switch
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.outreach.outbound.outbound_switch import SwitchState
from onelane.storage.outreach.template_versions import latest_version
from onelane.storage.people import contacts, emails
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import Account, Platform
from onelane.storage.workflows import enrollments, runs
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.enrollments import Enrollment, Via
from onelane.storage.workflows.runs import Run
from onelane.storage.workflows.templates import Template
from onelane.tools.outreach.mail.mail_accounts import MailCredentials, connect_account
from onelane.tools.outreach.mail.mail_server import MailServer, Security
from onelane.tools.outreach.moving.mover import move_due
from onelane.tools.outreach.moving.sequence_runs import running_run
from onelane.tools.outreach.sending.transmission import send_due
from onelane.tools.outreach.versions import freeze_sequence
from onelane.tools.registry.context import Services
from tests.databases import Clock
from tests.engines import idle_engine
from tests.messages import active_sequence
from tests.tools.outreach.mail.mail_servers import PASSWORD, USER, Postbox, running_smtp

LETTER = {"subject": "Compilers", "text": "Dear {{ first_name }},\n\n{{ unsubscribe }}\n\nThe end."}
FOLLOW_UP = {"sameThread": True, "text": "Once more, {{ first_name }}.\n\n{{ unsubscribe }}\n\nThe end."}
NO_PACE = {"per_day": 100_000, "per_hour": 100_000, "new_per_day": 100_000, "spacing_seconds": 0, "jitter_seconds": 0}


@dataclass
class PostOffice:
    """A template with people in it, and what goes out to them.

    Args:
        services: the database and the vault
        server: where letters go
        clock: the time
    """

    services: Services
    server: MailServer
    clock: Clock
    account_id: str = ""
    template_id: str = ""
    run_id: str = ""
    imap: MailServer | None = None
    password: str = PASSWORD
    config: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def database(self) -> Database:
        """Where all of it is."""
        return self.services.database

    def open(self, steps: Sequence[dict[str, Any]] = (LETTER, FOLLOW_UP, FOLLOW_UP), **limits: int) -> None:
        """Connect the account and activate the template."""
        self.account_id = self.connect(USER, **limits)
        with self.database.write() as session:
            template = active_sequence(session, "Spring", steps, **{"undoSeconds": 0, **self.config})
            run = running_run(session, template)
            self.template_id, self.run_id = template.id, run.id

    def connect(self, address: str, **limits: int) -> str:
        """Connect an account."""
        credentials = MailCredentials(self.password, self.server, self.imap)
        with self.database.write() as session:
            account = connect_account(session, self.services.vault, address, sender_name="Ada", credentials=credentials)
            account.limits = limits_json(**{**NO_PACE, **limits})
            session.add(account)
            return account.id

    def enroll(self, number: int = 1) -> str:
        """Put a new person into the sequence; their first letter is written and approved. Their enrollment."""
        enrollment_id = self.put_in(number)
        self.write_letters()
        return enrollment_id

    def put_in(self, number: int) -> str:
        """Put a new person into the sequence; their enrollment."""
        address = f"grace{number}@example.net"
        with self.database.write() as session:
            contact = contacts.create_contact(
                session, name=f"Grace Example{number}", first_name="Grace", email=address, platform=Platform.GMAIL
            )
            emails.keep_email(session, contact.id, address=address, normalized=address, source="hand", is_verified=True)
            version = latest_version(session, self.template_id)
            assert version is not None
            enrollment_ids = enrollments.enroll_contacts(
                session, template_id=self.template_id, contact_ids=[contact.id], version_id=version.id, via=Via.CLI
            )
            return enrollment_ids[contact.id]

    def move_on(self, enrollment_id: str, **config: Any) -> None:
        """Move somebody into a new version of the template that differs by these settings."""
        with self.database.write() as session:
            template = session.get_one(Template, self.template_id)
            template.config = json.dumps({**json.loads(template.config), **config})
            session.get_one(Enrollment, enrollment_id).template_version_id = freeze_sequence(session, template).id

    def write_letters(self) -> int:
        """Let the mover write what is due, and a person approve it; how many letters that were."""
        while move_due(self.database, self.services):
            pass
        return approve_all(self.database)

    def send(self) -> int:
        """Send what is due."""
        return send_due(self.database, self.services)

    def action(self, enrollment_id: str, step_index: int = 0) -> OutboundAction:
        """What was written for a step."""
        with self.database.read() as session:
            return outbound_actions.list_of_enrollment(session, enrollment_id)[step_index]

    def enrollment(self, enrollment_id: str) -> Enrollment:
        """Where somebody is."""
        with self.database.read() as session:
            enrollment = session.get(Enrollment, enrollment_id)
            assert enrollment is not None
            return enrollment

    def change_account(self, **columns: object) -> None:
        """Change the account's row."""
        with self.database.write() as session:
            account = session.get_one(Account, self.account_id)
            for name, value in columns.items():
                setattr(account, name, value)
            session.add(account)

    def account(self) -> Account:
        """The account."""
        with self.database.read() as session:
            account = accounts.get_account(session, self.account_id)
            assert account is not None
            return account

    def run(self) -> Run:
        """The run of the sequence."""
        with self.database.read() as session:
            run = runs.get_workflow_run(session, self.run_id)
            assert run is not None
            return run

    def turn_switch(self, state: SwitchState) -> None:
        """Let nothing leave any more, or let it again."""
        with self.database.write() as session:
            outbound_switch.turn_switch(session, state, via=Via.CLI)


def approve_all(database: Database) -> int:
    """Approve each letter that waits, as a person does; how many that were."""
    table = table_of(OutboundAction)
    with database.write() as session:
        changes = {
            "status": ActionStatus.APPROVED,
            "approved_at": session.now(),
            "approved_via": Door.CLI,
            "approved_hash": table.c.content_hash,
            "expires_at": None,
        }
        statement = sa.update(OutboundAction).where(table.c.status == ActionStatus.AWAITING_APPROVAL)
        return session.sql(statement.values(**changes).execution_options(synchronize_session=False)).rowcount


def limits_json(**limits: int) -> str:
    """What a person said of an account's limits, as its row has it."""
    return json.dumps({**limits, **{_camel(name): value for name, value in limits.items()}})


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def post_office(database: Database, clock: Clock, server: MailServer, **config: Any) -> PostOffice:
    """A post office whose letters go to a server; `config` is the template's."""
    return PostOffice(Services(database, idle_engine(database), ()), server, clock, config=config)


@dataclass
class MoodyPostbox(Postbox):
    """A real server that answers as it is told, and yes when it is told nothing.

    Args:
        answers: what it says next at `RCPT` and `DATA`
        at_rcpt: done when a recipient is named
        seen: all letters that came in whole, also those that it did not take
    """

    answers: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    at_rcpt: Callable[[], object] = lambda: None
    seen: list[bytes] = field(default_factory=list[bytes])

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so
        self, server: object, session: object, envelope: Any, address: str, options: object
    ) -> str:
        self.at_rcpt()
        reply = self._reply_to("RCPT")
        if reply is None:
            envelope.rcpt_tos.append(address)
        return reply or "250 OK"

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802 - aiosmtpd calls it so
        self.seen.append(envelope.content)
        return self._reply_to("DATA") or await super().handle_DATA(server, session, envelope)

    def _reply_to(self, command: str) -> str | None:
        waiting = self.answers.get(command)
        return waiting.pop(0) if waiting else None


@contextmanager
def open_office(
    database: Database,
    clock: Clock,
    *,
    steps: Sequence[dict[str, Any]] = (LETTER, FOLLOW_UP, FOLLOW_UP),
    imap: MailServer | None = None,
    password: str = PASSWORD,
    **config: Any,
) -> Generator[tuple[PostOffice, MoodyPostbox]]:
    """A post office with a real server that takes everything, until it is told otherwise."""
    postbox = MoodyPostbox()
    with running_smtp(postbox, security=Security.NONE, password=password) as server:
        office = post_office(database, clock, server, **config)
        office.imap, office.password = imap, password
        office.open(steps)
        yield office, postbox
