"""The registry, which knows the tools, and the toolbox, the only way to call one, also for runs.

See docs/house.md, "One function, four faces". A tool is a function marked with `@tool`; the mark leaves it as it is.
MCP, REST, the command line, the embedded agent and the run's record are derived from what the registry reads off it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import Any, TypeVar

from onelane.storage.database.engine import Database, Session
from onelane.storage.workflows.steps import StepStatus
from onelane.tools.registry.arguments.errors import nearest_of_many
from onelane.tools.registry.arguments.reading import CONTRACT_FACES
from onelane.tools.registry.budgets import BudgetStop
from onelane.tools.registry.calls import Call
from onelane.tools.registry.context import Caller, Context, Face, Services
from onelane.tools.registry.errors import Forbidden, NotFound, ToolError
from onelane.tools.registry.gate import answers, run_questions
from onelane.tools.registry.gate.gate import Gate
from onelane.tools.registry.gate.question import PersonNeeded, Question
from onelane.tools.registry.gate.shown_text import shown_text
from onelane.tools.registry.names import SeveralPeople, with_contact_ids
from onelane.tools.registry.result import Result
from onelane.tools.registry.runs import client_runs
from onelane.tools.registry.runs.record import Counted, NewStep
from onelane.tools.registry.runs.run import Run
from onelane.tools.registry.short_ids import with_full_ids
from onelane.tools.registry.tool import Tool, ValidArguments
from onelane.tools.registry.tool_spec import SPEC, Effect, Reveals, ToolSpec

ResultType = TypeVar("ResultType", bound=Result)
MOST_ASKED = 20
"""So many questions about what a run left out are asked at once."""


class Registry:
    """All tools, from the modules that hold them.

    Args:
        modules: in the order in which tools are listed
        places: further tools, each with the name of its module, which is imported when the tool is asked for: a command
            that calls one tool starts without the others
    """

    def __init__(self, *modules: ModuleType, places: Mapping[str, str] | None = None) -> None:
        self._tools = {tool.name: tool for module in modules for tool in _tools_of(module)}
        self._places = dict.fromkeys(self._tools, "") | dict(places or {})
        self.gate = Gate(self)

    def load(self) -> None:
        """Import what is not imported yet: who works for long does so at the start, and not when files are short."""
        for _ in self:
            pass

    def __iter__(self) -> Iterator[Tool]:
        return (self[name] for name in self._places)

    def __contains__(self, name: object) -> bool:
        """Whether there is a tool of this name."""
        return name in self._places

    def __getitem__(self, name: str) -> Tool:
        """The tool of this name.

        Raises:
            NotFound: there is none; it names the nearest
        """
        if name not in self._places:
            hint = nearest_of_many(name, self._places, "onelane call alone lists all of them")
            raise NotFound(f"There is no tool {name!r}.{hint}")
        if name not in self._tools:
            for tool in _tools_of(import_module(self._places[name])):
                # Whoever asks at the same time on another thread gets the same tool.
                self._tools.setdefault(tool.name, tool)
        return self._tools[name]


@dataclass(frozen=True, slots=True)
class Toolbox:
    """Tools on a database.

    Args:
        registry: the tools
        services: what they work with
    """

    registry: Registry
    services: Services

    @property
    def database(self) -> Database:
        """What the tools work on."""
        return self.services.database

    def call(self, name: str, arguments: Mapping[str, Any], caller: Caller) -> Result:
        """Call a tool: validate, run in one transaction, record.

        Raises:
            ToolError: what the caller can do something about
        """
        return self.prepare(name, arguments, caller).run()

    def prepare(self, name: str, arguments: Mapping[str, Any], caller: Caller, call_key: str | None = None) -> Call:
        """A call whose arguments are right, for whoever has a transaction of its own to make it in.

        Args:
            name: the tool
            arguments: what it is given
            caller: who calls
            call_key: which call of the caller's run it is; by default the same for the same arguments

        Raises:
            ToolError: there is no such tool, it is switched off, or the arguments are not right
        """
        tool = self.registry[name]
        if self.services.read_only and (tool.spec.effect is not Effect.READ or caller.is_host):
            raise Forbidden(f"Onelane runs in read-only mode, so {name} is switched off.")
        valid_arguments = self._validate(tool, arguments, caller)
        return Call(tool, self.services, caller, valid_arguments, gate=self.registry.gate, call_key=call_key)

    def is_lookup(self, tool: Tool, arguments: Mapping[str, Any], caller: Caller) -> bool:
        """Whether a call is done sooner than a thread would have begun it: on SQLite, by an index, and unrecorded."""
        lookup = tool.spec.lookup
        is_small = lookup is not None and caller.run_id is None and arguments.keys() <= lookup
        return is_small and self.database.dialect == "sqlite"

    def question(
        self, name: str, arguments: Mapping[str, Any], caller: Caller, call_key: str | None = None
    ) -> Question | None:
        """What a person must be asked before this call; None when it needs nobody.

        Raises:
            ToolError: the call would fail anyway
        """
        tool = self.registry[name]
        if not tool.may_need_person(caller):
            return None
        call = self.prepare(name, arguments, caller, call_key)
        with self.database.read() as session:
            client_runs.check(session, caller)
            open_question = self.registry.gate.question(session, self.services, caller, tool, call.arguments, call_key)
            # Whoever asked exactly this has rehearsed it, and a client comes back with its form several times.
            is_rehearsed = open_question is not None and answers.is_asked(session, open_question)
        if open_question is not None and not is_rehearsed:
            call.rehearse(open_question.arguments)
        return open_question

    def confirmation(self, name: str, arguments: Mapping[str, Any], caller: Caller) -> str | None:
        """What somebody who calls for themselves is asked first, because something would be lost.

        Raises:
            ToolError: the call would fail anyway
        """
        tool = self.registry[name]
        if tool.spec.confirm is None:
            return None
        call = self.prepare(name, arguments, caller)
        with self.database.read() as session:
            words = tool.spec.confirm(Context(session, self.services, caller), **call.arguments)
        if words is None:
            return None
        call.rehearse(call.arguments)
        return shown_text(words)

    def _validate(self, tool: Tool, arguments: Mapping[str, Any], caller: Caller) -> ValidArguments:
        """Arguments that are right, with whole ids, and with those of contacts that are named otherwise."""
        valid_arguments = tool.validate(arguments, caller.face)
        values = with_full_ids(self.database, valid_arguments.values)
        if caller.face not in CONTRACT_FACES:
            values = self._with_contact_ids(values, caller)
        return replace(valid_arguments, values=values)

    def _with_contact_ids(self, values: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
        try:
            return with_contact_ids(self.database, values)
        except SeveralPeople:
            if caller.chat is not None:
                caller.chat.has_read |= frozenset(Reveals)  # it is told of each what tells them apart
            raise


class CallFailed(ToolError):
    """A call of this run failed before. Its step says why."""


class ToolCalls:
    """The tools in the hands of a run.

    Args:
        execution: the run
        toolbox: the tools
    """

    def __init__(self, execution: Run, toolbox: Toolbox) -> None:
        self.execution = execution
        self.toolbox = toolbox
        self._left_out: dict[str, Question] = {}

    def call(
        self,
        key: str,
        kind: type[ResultType],
        name: str,
        arguments: Mapping[str, Any],
        *,
        counted: Counted | None = None,
    ) -> ResultType:
        """Call a tool; when the step with this key is recorded, give back what came of it then.

        Args:
            key: which step of the run's plan this is
            kind: what the tool returns
            name: the tool's name
            arguments: what it is given
            counted: what the step adds to the run's counters when it goes well

        Raises:
            PersonNeeded: it is left out until they are asked, with `ask_person`; nothing is recorded
            ToolError: what the run can do something about; it is recorded as a failed step
            HoldRequested, ClaimLost, ShuttingDown: see `Run.step`
        """
        recorded_step = self.execution.recorded.get(key)
        if recorded_step is None:
            result = self._make_call(key, name, arguments, counted)
            assert isinstance(result, kind)
            return result
        if recorded_step.status is StepStatus.FAILED:
            raise CallFailed(recorded_step.error)
        return kind.model_validate({name: value for name, value in recorded_step.output.items() if name != "counted"})

    def prepare(self, name: str, arguments: Mapping[str, Any], call_key: str | None = None) -> Call:
        """A call of this run whose arguments are right. ToolError when they are not."""
        return self.toolbox.prepare(name, arguments, self.caller, call_key)

    def leave_out(self, refusal: PersonNeeded) -> None:
        """Leave a call out, about which the person is asked together with the others."""
        self._left_out[refusal.question.call_key] = refusal.question

    def ask_person(self) -> str | None:
        """Ask about the calls that were left out, at most so many at once that a person reads them.

        Returns:
            What the run says of them; None where nothing was left out.
        """
        questions = list(self._left_out.values())[:MOST_ASKED]
        for each in questions:
            self.execution.record(partial(run_questions.ask_and_record, services=self.toolbox.services, question=each))
        return run_questions.waiting_sentence([each.short for each in self._left_out.values()]) if questions else None

    @property
    def caller(self) -> Caller:
        """The run, as it calls."""
        return Caller(Face.AGENT, self.execution.run_id)

    def _make_call(self, key: str, name: str, arguments: Mapping[str, Any], counted: Counted | None) -> Result:
        self.execution.checkpoint()
        call = self.prepare(name, arguments, key)
        results: list[Result] = []

        def finish(session: Session) -> list[NewStep]:
            results.append(call.complete(session))
            before = call.steps_before(results[-1], key=key)
            return [*before, call.step(results[-1], key=key, counted=counted)]

        try:
            call.fetch()
            self.execution.record(finish, is_durable=call.tool.spec.durable)
        except BudgetStop:
            # Nothing was done, so that the run can do it when it goes on with a larger budget.
            raise
        except PersonNeeded as refusal:
            self.leave_out(refusal)
            raise
        except ToolError as error:
            failed_step = call.step(None, error, key=key)
            self.execution.record(lambda session: [failed_step])
            raise
        return results[-1]


def _tools_of(module: ModuleType) -> Iterator[Tool]:
    for name, value in vars(module).items():
        mark = getattr(value, SPEC, None)
        # A tool that another module imported belongs to the module that defines it.
        if isinstance(mark, ToolSpec) and value.__module__ == module.__name__:
            yield Tool(name, value, mark)
