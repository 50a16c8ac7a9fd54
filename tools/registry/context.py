"""The context of a tool call: transaction, engine, settings, caller.

See docs/house.md, "One function, four faces".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from onelane.storage.database.engine import Database, Session
from onelane.storage.workflows.runs import Run, Trigger, WorkflowType
from onelane.tools.registry.gate.outbound_mark import MarkFile
from onelane.tools.registry.gate.person_key import PersonKey
from onelane.tools.registry.gate.used_approvals import UsedYeses
from onelane.tools.registry.gate.vault import Vault
from onelane.tools.registry.ports.machine import THIS_MACHINE, Machine
from onelane.tools.registry.ports.models import Models, NoModels
from onelane.tools.registry.ports.online import Online
from onelane.tools.registry.ports.telemetry import NoTelemetry, Telemetry
from onelane.tools.registry.ports.web import Web
from onelane.tools.registry.tool_spec import Reveals
from onelane.tools.registry.workspace_settings import WorkspaceSettings

if TYPE_CHECKING:
    # Run types know tools, and need not be loaded to call one.
    from onelane.tools.registry.runs.run_type import RunTypes


class Face(StrEnum):
    """The face through which a call came."""

    MCP = "mcp"
    REST = "rest"
    CLI = "cli"
    AGENT = "agent"
    DASHBOARD = "dashboard"

    @property
    def is_chat(self) -> bool:
        """Whether a model reads the answers, and pays for each word of them."""
        return self in (Face.MCP, Face.AGENT)


@dataclass(slots=True)
class Chat:
    """A chat client's conversation, for as long as it lasts.

    Args:
        id: tells it apart from others
        has_read: what its model was given so far
        addresses: those that pages and search results named
        contacts: those that its model has made or changed unasked
        runs: those of its own model's work that it has begun
    """

    id: str
    has_read: frozenset[Reveals] = frozenset()
    addresses: set[str] = field(default_factory=set[str])
    contacts: set[str] = field(default_factory=set[str])
    runs: set[str] = field(default_factory=set[str])


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls.

    Args:
        face: the door
        run_id: the run that the call belongs to and is recorded in, if any
        chat: the conversation whose model calls, if one does
    """

    face: Face
    run_id: str | None = None
    chat: Chat | None = None

    @property
    def counts_as_run(self) -> bool:
        """Whether strangers' words may be what led to the call: a run makes it, or a chat that was given such."""
        return self.run_id is not None or (self.chat is not None and Reveals.STRANGERS in self.chat.has_read)

    @property
    def is_host(self) -> bool:
        """Whether a chat client's model, or a program, calls for a run of its own and has said itself which."""
        return self.run_id is not None and self.face is not Face.AGENT


class Engine(Protocol):
    """What tools may ask of the engine; it joins the transaction that it is given (docs/engine.md)."""

    @property
    def run_types(self) -> "RunTypes":
        """The run types that there are, with the settings that each takes."""
        ...

    def start(
        self,
        session: Session,
        workflow_type: WorkflowType,
        config: Mapping[str, Any],
        *,
        by: Caller | None,
        template_id: str | None = None,
        platform_account_id: str | None = None,
        parent_workflow_id: str | None = None,
        schedule_id: str | None = None,
        trigger: Trigger = Trigger.USER,
        total_items: int | None = None,
        run_id: str | None = None,
    ) -> Run:
        """Create a run and hand it in for execution; see `check`. ToolError when it can't be started so."""
        ...

    def await_end(self, run_id: str, timeout_s: float) -> bool:
        """Wait a while until a run is over, paused or waits for an instant; whether it is.

        Where nothing executes, nobody waits.
        """
        ...

    def taint(self, session: Session, by: Caller) -> str:
        """What whoever writes settings has been given so far, as the rows of runs, schedules and templates keep it."""
        ...

    def check(self, workflow_type: WorkflowType, config: Mapping[str, Any], *, by: Caller | None) -> dict[str, Any]:
        """Look at what a run would be started with, such as by a schedule.

        Args:
            workflow_type: the run's type
            config: its settings
            by: who gives them, which decides where a file in them may lie; None when they were checked before, or are
                Onelane's own

        Returns:
            The config as a run of it is given it, with the folders noted in which its file must lie.

        Raises:
            ToolError: it can't be run, or this caller may not have its file read
        """
        ...

    def pause(self, session: Session, run_id: str) -> Run:
        """Hold a run at its next step. Conflict when it is over."""
        ...

    def resume(self, session: Session, run_id: str) -> Run:
        """Let a paused run go on. Conflict when it is not paused."""
        ...

    def cancel(self, session: Session, run_id: str) -> Run:
        """End a run at its next step; it keeps what it has. Conflict when it is over."""
        ...

    def retry(self, session: Session, run_id: str) -> Run:
        """Let a failed or cancelled run go on where it ended. Conflict when it did not end so."""
        ...

    def fork(
        self,
        session: Session,
        run_id: str,
        *,
        steps: int,
        config: Mapping[str, Any] | None,
        by: Caller,
        parent_workflow_id: str | None = None,
    ) -> Run:
        """Start a new run that begins with the first `steps` steps of another, its config changed as `by` says."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """The application's shared objects; made in `server/app.py`, passed to every call."""

    database: Database
    engine: Engine
    import_dirs: Sequence[Path]
    """Folders from which chat and REST may read files."""
    read_only: bool = False
    web: Web = field(default_factory=Web)
    """The world outside: pages, a browser, search engines."""
    models: Models = field(default_factory=NoModels)
    """Language models that read text."""
    person_key: PersonKey = field(default_factory=PersonKey.unknown_to_all)
    """Whoever has it speaks for the person."""
    used_yeses: UsedYeses = field(default_factory=UsedYeses)
    """Those that a database which was put back from a copy does not know of."""
    vault: Vault = field(default_factory=Vault.of_nobody)
    """Seals credentials, and knows addresses again that were erased."""
    mail_timeout_seconds: float = 30
    """So long a mail server may take."""
    public_url: str | None = None
    """Where the server is reached from outside, if it is."""
    outbound_mark: MarkFile = field(default_factory=MarkFile)
    """By what a database is known that is put back from a copy."""
    workspace: WorkspaceSettings = field(default_factory=WorkspaceSettings)
    """What the person or the environment says of limits, budgets and times."""
    who_starts_runs: Callable[[], str | None] = lambda: None
    """Says who will start the runs of schedules, as things stand; None where nobody knows."""
    online: Online = field(default_factory=Online)
    """The platforms' APIs."""
    telemetry: Telemetry = field(default_factory=NoTelemetry)
    """Watches how letters are handed over."""
    machine: Machine = THIS_MACHINE
    """Does work beside other work, and connects to mail servers."""


TellProgress = Callable[[int, int], None]


def tell_nobody(done_count: int, total: int) -> None:
    """Nobody waits for it."""


@dataclass(frozen=True, slots=True)
class Context:
    """What one call of a tool is given.

    Args:
        transaction: the call's transaction; none in a tool that is marked `outside` or `in_batches`, nor while one
            prepares
        services: what the whole program has once
        caller: who calls
        emptied: the arguments that a program set to null, which on REST means that a field shall be empty; a chat's
            model sends null for whatever it has nothing to say about
        passed_over: the arguments that a chat's model filled with an empty value, which there empties nothing
    """

    transaction: Session | None
    services: Services
    caller: Caller
    emptied: frozenset[str] = frozenset()
    passed_over: frozenset[str] = frozenset()
    afterwards: list[Callable[[Session], None]] = field(default_factory=list[Callable[[Session], None]])
    """What a tool that is marked `outside` wants done in the transaction that records it."""
    notes: list[str] = field(default_factory=list[str])
    """What the caller is told besides the result, in sentences."""
    preparation: object = None
    """What the tool's `prepare` returned, where it has one."""
    has_yes: bool = False
    """Whether a person has said yes to exactly this call."""
    tell_progress: TellProgress = tell_nobody
    """Tells whoever waits how many things are done, and of how many."""

    @property
    def session(self) -> Session:
        """The call's transaction.

        Raises:
            RuntimeError: the tool is marked `outside` or `in_batches`, or prepares, so that nobody waits for its
                transaction meanwhile
        """
        if self.transaction is None:
            raise RuntimeError(
                "A tool that is `outside`, works in batches or prepares has no transaction; it may open short ones."
            )
        return self.transaction

    @property
    def engine(self) -> Engine:
        """The engine."""
        return self.services.engine

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        return self.session.now()
