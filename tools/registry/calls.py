"""A tool call: one transaction, idempotency key, step record.

See docs/house.md, "One function, four faces".
"""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from time import perf_counter
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError

from onelane.storage.database import idempotency
from onelane.storage.database.change_log import Origin, changing
from onelane.storage.database.engine import Session
from onelane.storage.platforms import made_up_addresses
from onelane.storage.workflows import steps
from onelane.storage.workflows.steps import Counted, Json, NewStep, StepResult, StepStatus, StepType
from onelane.tools.registry.budgets import BudgetStop
from onelane.tools.registry.context import Caller, Context, Face, Services, TellProgress, tell_nobody
from onelane.tools.registry.errors import Conflict, Forbidden, ToolError
from onelane.tools.registry.gate import answers, run_questions
from onelane.tools.registry.gate.gate import Gate
from onelane.tools.registry.gate.question import PersonNeeded
from onelane.tools.registry.gate.reach import addresses_in
from onelane.tools.registry.json_values import clip_strings
from onelane.tools.registry.result import About, Result, unknown_word, when
from onelane.tools.registry.runs import client_runs
from onelane.tools.registry.tool import KEY, Tool, ValidArguments
from onelane.tools.registry.tool_spec import Effect, Reveals

_LONG_INPUT, _CLIP = 4000, 1000


class _TakenBack(Exception):
    """A rehearsed call is over, and nothing of it is committed."""


class Call:
    """One call of a tool: `run` makes it; `fetch` and `complete` are its two halves.

    Args:
        tool: what is called
        services: what it works with
        caller: who calls
        given: the arguments, validated
        gate: lets it through, with a person's yes where it needs one
        call_key: which call of its run it is
    """

    def __init__(
        self,
        tool: Tool,
        services: Services,
        caller: Caller,
        valid_arguments: ValidArguments,
        *,
        gate: Gate,
        call_key: str | None = None,
    ) -> None:
        self.tool = tool
        self.services = services
        self.caller = caller
        self.arguments = valid_arguments.values
        self._valid_arguments = valid_arguments
        self._gate = gate
        self._call_key = call_key
        self._has_yes = False
        self.is_repeated = False
        """Whether its idempotency key was used before, so that nothing was done."""
        self._made_before = frozenset[str]() if caller.chat is None else frozenset(caller.chat.contacts)
        self._start_seconds = perf_counter()
        self._result: Result | None = None
        self._preparation: object = None
        self._afterwards: list[Callable[[Session], None]] = []
        self.tell_progress: TellProgress = tell_nobody
        """Set by whoever shows how far it is."""
        self.notes: list[str] = []
        """What whoever calls is told besides the result, in sentences."""
        self.zone_name: str | None = None
        """The zone of a chat's reader, by whose clock the answer tells instants."""

    def run(self) -> Result:
        """Make the call: run it in one transaction, and record it when a run makes it.

        Raises:
            ToolError: what the caller can do something about
        """
        if self.tool.spec.effect is Effect.READ:
            return self._run_call()
        with self._changing():
            return self._run_call()

    def _changing(self) -> AbstractContextManager[None]:
        return changing(Origin(self.services.database.ids.new("chg"), self.tool.name, self.caller.run_id))

    def _run_call(self) -> Result:
        try:
            self._check_run()
            self.fetch()
            with self._session() as session:
                client_runs.hear(session, self.caller)
                result = self.complete(session)
                self._record(session, result=result)
                if self.caller.chat is not None:
                    # To read it afterwards would take another transaction.
                    self.zone_name = self.services.workspace.read(session).zone_name
            return self._for_caller(result)
        except ToolError as error:
            # What is refused may be told with names, and with what a person is asked.
            self._note_for_chat(None, self.tool.spec.reveals)
            if self.caller.run_id is not None and not isinstance(error, PersonNeeded):
                with self.services.database.write() as session:
                    if client_runs.is_heard(session, self.caller):
                        self._record(session, error=error)
            raise

    def _for_caller(self, result: Result) -> Result:
        """What the caller is told: a chat is spared the question how something went that is over in a moment."""
        later = self._await_end(result)
        # What came of a run may hold all that runs read.
        own = self.tool.spec.reveals if result.shows_kept(self._made_before) else frozenset[Reveals]()
        self._note_for_chat(later or result, own if later is None else frozenset(Reveals))
        return later or result

    def _await_end(self, result: Result) -> Result | None:
        awaits = self.tool.spec.awaits
        if awaits is None or not self.caller.face.is_chat or self.is_repeated:
            return None
        return awaits(self._context(None), result)

    def _check_run(self) -> None:
        """Nobody outside is asked for a run that is over."""
        if self.tool.takes_time and self.caller.is_host:
            with self.services.database.read() as session:
                client_runs.check(session, self.caller)

    def fetch(self) -> Result | None:
        """Ask the world outside, work in batches or prepare, where the tool does that, with no transaction open.

        Returns:
            What it said; None where the tool does not ask it.

        Raises:
            ToolError: what the caller can do something about
        """
        if self.tool.spec.is_without_transaction:
            self.pass_gate()
            self._result = self._run(None, self.arguments)
        elif self.tool.spec.prepare is not None and not self._is_answered():
            self._prepare(self.arguments)
        return self._result

    def _prepare(self, arguments: Mapping[str, Any]) -> None:
        if self.tool.spec.prepare is not None:
            own_arguments = {name: value for name, value in arguments.items() if name != KEY}
            self._preparation = self.tool.spec.prepare(self._context(None), **own_arguments)

    def pass_gate(self) -> None:
        """Use up the person's yes where one is needed before anything leaves, also if it then can't be fetched.

        Raises:
            PersonNeeded: there is none
        """
        if self.tool.may_need_person(self.caller):
            with self.services.database.write() as session:
                self._pass_gate(session, self.arguments)

    def complete(self, session: Session) -> Result:
        """Do the rest in the given transaction; nothing is recorded.

        Raises:
            ToolError: what the caller can do something about; the transaction must not be committed
        """
        if self._result is None:
            return self._once(session, dict(self.arguments))
        for action in self._afterwards:
            action(session)
        return self._result

    def rehearse(self, arguments: Mapping[str, Any]) -> None:
        """Make the call as if a person had said yes, and take all of it back: nobody is asked for what is refused.

        Args:
            arguments: those of the question

        Raises:
            ToolError: it would be refused
        """
        if self.tool.spec.check is not None:
            # It changes nothing, so that nobody waits for the write lock meanwhile.
            with self.services.database.read() as session:
                self._rehearse(session, arguments)
            return
        if self.tool.spec.is_without_transaction:
            return
        self._prepare(arguments)
        with suppress(_TakenBack), self._changing(), self.services.database.write() as session:
            self._rehearse(session, arguments)
            raise _TakenBack

    def _rehearse(self, session: Session, arguments: Mapping[str, Any]) -> None:
        """Make the call in a transaction that is not committed, noting nothing of it elsewhere."""
        chat = self.caller.chat
        caller = replace(self.caller, chat=None if chat is None else replace(chat, contacts=set(chat.contacts)))
        ctx = replace(self._context(session), caller=caller, afterwards=[], notes=[], has_yes=True)
        own_arguments = {name: value for name, value in arguments.items() if name != KEY}
        function = self.tool.spec.check or self.tool.function
        # A budget that is used up can be made larger.
        with suppress(BudgetStop):
            function(ctx, **own_arguments)

    def _is_answered(self) -> bool:
        """Whether a call with this key has its answer already, so that nothing needs to be done."""
        key = self.arguments.get(KEY)
        if key is None:
            return False
        with self.services.database.read() as session:
            return idempotency.get_answer(session, self.tool.name, key) is not None

    @property
    def duration_ms(self) -> int:
        """How long ago the call began."""
        return round((perf_counter() - self._start_seconds) * 1000)

    def _session(self) -> AbstractContextManager[Session]:
        only_reads = self.tool.spec.effect is Effect.READ and self.caller.run_id is None and not self._afterwards
        database = self.services.database
        return database.read() if only_reads else database.write(is_durable=self.tool.spec.durable)

    def _once(self, session: Session, arguments: dict[str, Any]) -> Result:
        key = arguments.pop(KEY, None)
        if key is None:
            return self._run(session, arguments)
        digest = hashlib.sha256(as_json(arguments)).hexdigest()
        name = self.tool.name
        if not idempotency.begin_answer(session, tool=name, idempotency_key=key, arguments_hash=digest):
            return self._again(session, idempotency.get_answer(session, name, key), digest)
        result = self._run(session, arguments)
        idempotency.keep_answer(session, tool=name, idempotency_key=key, answer=result.contract_json().decode())
        return result

    def _again(self, session: Session, kept_answer: idempotency.KeptAnswer | None, digest: str) -> Result:
        """What the first call with this key was answered; that it is that answer, and how things stand now."""
        if kept_answer is None or kept_answer.arguments_hash != digest:
            raise Conflict(f"That {KEY} was used for another call; take a new one.")
        first = self.tool.answer_reader.validate_json(kept_answer.answer)
        self.is_repeated = True
        stands = self.tool.spec.stands
        now = "" if stands is None else f" {stands(self._context(session), first)}"
        self.notes.append(
            f"This {KEY} was used for the same call at {when(kept_answer.created_at)}: nothing was done now, and this "
            f"is the answer of then.{now} To do it once more, take another {KEY}, or none."
        )
        return first

    def _run(self, session: Session | None, arguments: dict[str, Any]) -> Result:
        if session is None:
            return self._call_function(None, arguments)
        arguments = self._pass_gate(session, arguments)
        made_up = self._gate.made_up(session, self.caller, self.tool, arguments)
        result = self._call_function(session, arguments)
        if made_up:
            made_up_addresses.keep_made_up(session, made_up)
        return result

    def _call_function(self, session: Session | None, arguments: dict[str, Any]) -> Result:
        try:
            return self.tool.function(self._context(session), **arguments)
        except ValidationError as error:
            raise (unknown_word(error) or error) from error

    def _context(self, session: Session | None) -> Context:
        return Context(
            session,
            self.services,
            self.caller,
            self._valid_arguments.emptied,
            self._valid_arguments.passed_over,
            self._afterwards,
            self.notes,
            preparation=self._preparation,
            has_yes=self._has_yes,
            tell_progress=self.tell_progress,
        )

    def _pass_gate(self, session: Session, arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments with which a person lets it be called, or with which it needs nobody."""
        if not self.tool.may_need_person(self.caller):
            return arguments
        try:
            passed_arguments = self._gate.pass_through(
                session, self.services, self.caller, self.tool, arguments, self._call_key
            )
        except PersonNeeded as refusal:
            self._refuse_again(session, refusal)
            is_rehearsed = self.tool.spec.is_without_transaction or answers.is_asked(session, refusal.question)
            if not is_rehearsed:
                self._rehearse(session, refusal.question.arguments)
            raise
        self._has_yes = passed_arguments is not arguments
        self.arguments = {**self.arguments, **passed_arguments}
        return dict(passed_arguments)

    def _refuse_again(self, session: Session, refusal: PersonNeeded) -> None:
        """A run that Onelane carries out asks once: what its person refused, it goes on without."""
        if self.caller.face is Face.AGENT:
            verdict = run_questions.verdict_of(session, self.services, refusal.question)
            if verdict is not None and not verdict.allowed:
                raise Forbidden(verdict.refusal)

    def _note_for_chat(self, result: Result | None, reveals: frozenset[Reveals]) -> None:
        """Remember what the chat's model was given by this."""
        chat = self.caller.chat
        if chat is not None and reveals:
            chat.has_read |= reveals
            if self.tool.spec.outside and result is not None:
                chat.addresses |= addresses_in(result.model_dump(mode="json"))

    def _record(self, session: Session, *, result: Result | None = None, error: ToolError | None = None) -> None:
        if self.caller.run_id is None:
            return
        steps.append_steps(session, self.caller.run_id, [*self.steps_before(result), self.step(result, error)])

    def steps_before(self, result: Result | None, *, key: str | None = None) -> list[NewStep]:
        """What was decided on the way to the result, which is recorded before the call; for most tools nothing."""
        before = None if result is None else result.recorded_before()
        if before is None:
            return []
        step_input = self._recorded_input()
        step_result = StepResult(before, url=step_input.get("url"))
        own_key = None if key is None else f"way:{key}"
        return [NewStep(own_key, StepType.ROUTING_DECISION, step_result, self.tool.name, step_input)]

    def step(
        self,
        result: Result | None,
        error: ToolError | None = None,
        *,
        key: str | None = None,
        counted: Counted | None = None,
        output: Json | None = None,
    ) -> NewStep:
        """The step that records the call.

        Args:
            result: what came of it
            error: why nothing did
            key: which step of its run's plan it is
            counted: what it adds to the run's counters
            output: what is kept of the result where that is not all that the tool says
        """
        about = About() if result is None else result.recorded_about()
        step_result = StepResult(
            output=(result.recorded() if result else {}) if output is None else output,
            counted=counted,
            status=StepStatus.COMPLETED if error is None else StepStatus.FAILED,
            contact_id=about.get("contact_id"),
            url=about.get("url"),
            error=None if error is None else error.message,
        )
        # A call is its tool's kind of step, unless the result knows better.
        step_type = (result and result.recorded_as()) or self.tool.spec.step
        return NewStep(key, step_type, step_result, self.tool.name, self._recorded_input(), self.duration_ms)

    def _recorded_input(self) -> Json:
        """The arguments, long texts clipped: whoever gave them has them, and a step is small.

        See docs/storage.md, "History".
        """
        json_text = as_json({name: value for name, value in self.arguments.items() if name != KEY})
        step_input: Json = orjson.loads(json_text)
        return step_input if len(json_text) <= _LONG_INPUT else clip_strings(step_input, _CLIP)


def as_json(arguments: Mapping[str, Any]) -> bytes:
    """Arguments as a step keeps them."""
    return orjson.dumps(arguments, default=_plain, option=orjson.OPT_SORT_KEYS)


def _plain(value: object) -> object:
    return value.model_dump() if isinstance(value, BaseModel) else str(value)
