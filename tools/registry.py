"""The registry: what tools there are, and the only door through which they are called (DESIGN 3).

A tool is a function marked with `@tool`; the mark leaves it as it is. MCP, REST, the command line, the embedded agent
and the run's record are derived from what the registry reads off it.
"""

import hashlib
import inspect
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from time import perf_counter
from types import ModuleType
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic.alias_generators import to_camel, to_snake

from onelane.storage import answers, steps
from onelane.storage.database import Session
from onelane.storage.steps import StepStatus, StepType
from onelane.tools import host_callers
from onelane.tools.complaints import explained, nearest
from onelane.tools.context import Caller, Context, Face, Services
from onelane.tools.errors import Conflict, Forbidden, NotFound, ToolError
from onelane.tools.hostile import refuse_hostile
from onelane.tools.result import About, Result, clipped

_MARK = "__onelane_tool__"
_LONG_INPUT, _CLIP = 4000, 1000
_KEY = "idempotency_key"
_KEY_HELP = "Any text of your own; calling again with the same one gives the first answer and does nothing twice."

Function = TypeVar("Function", bound=Callable[..., Result])


class Effect(StrEnum):
    """What a tool does to the world; approval, read-only mode and hints hang on it."""

    READ = "read"
    WRITE = "write"
    DESTROY = "destroy"
    SEND = "send"


NEEDS_PERSON = frozenset({Effect.DESTROY, Effect.SEND})
"""What no run does without a person."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where REST offers a tool."""

    method: str
    path: str
    status: int = 200


@dataclass(frozen=True, slots=True)
class Mark:
    """What `@tool` was told."""

    effect: Effect
    toolset: str
    title: str
    route: Route | None
    step: StepType
    creates: bool
    confirm: Callable[..., str | None] | None
    outside: bool
    agents: bool


def tool(
    *,
    effect: Effect,
    toolset: str,
    title: str,
    route: str | None = None,
    status: int = 200,
    step: StepType = StepType.TOOL_CALL,
    creates: bool = False,
    confirm: Callable[..., str | None] | None = None,
    outside: bool = False,
    agents: bool = True,
) -> Callable[[Function], Function]:
    """Make a function a tool.

    Args:
        effect: what it does to the world
        toolset: the group in which clients can switch it on or off
        title: its name for people
        route: `METHOD /path/{argument}` on REST, if it is offered there
        status: what REST answers when it went well
        step: what it is recorded as in a run
        creates: it makes something new, so it takes an `idempotency_key`
        confirm: given the context and the arguments, the question that a person must say yes to; None when nothing
            is lost
        outside: it asks the world outside, which takes its time, so it runs without a transaction; `Context.afterwards`
            takes what it wants done in the one that records it
        agents: the embedded agent may call it; not what is for its person, such as allowing what it asked for
    """
    method, _, path = (route or "").partition(" ")
    where = Route(method, path, status) if route else None
    mark = Mark(effect, toolset, title, where, step, creates, confirm, outside, agents)

    def keep(function: Function) -> Function:
        setattr(function, _MARK, mark)
        return function

    return keep


@dataclass(frozen=True)
class Tool:
    """A tool as the faces see it."""

    name: str
    function: Callable[..., Result]
    mark: Mark

    @cached_property
    def signature(self) -> inspect.Signature:
        """The function's parameters without the context, with annotations evaluated."""
        hints = typing.get_type_hints(self.function, include_extras=True)
        found = inspect.signature(self.function)
        parameters = [
            parameter.replace(annotation=hints[parameter.name], kind=inspect.Parameter.KEYWORD_ONLY)
            for parameter in list(found.parameters.values())[1:]
        ]
        if self.mark.creates:
            parameters.append(_key_parameter())
        return found.replace(parameters=parameters, return_annotation=hints["return"])

    @cached_property
    def arguments(self) -> type[BaseModel]:
        """The model that validates the arguments; it takes their names in snake_case and in camelCase."""
        fields: dict[str, Any] = {
            name: (parameter.annotation, ... if parameter.default is parameter.empty else parameter.default)
            for name, parameter in self.signature.parameters.items()
        }
        # Numbers are Unix seconds; pydantic would take large ones for milliseconds.
        config = ConfigDict(
            extra="forbid", alias_generator=to_camel, populate_by_name=True, val_temporal_unit="seconds"
        )
        return create_model(f"{self.name}_arguments", __config__=config, **fields)

    @cached_property
    def description(self) -> str:
        """The docstring without its list of arguments, which the parameters tell themselves."""
        return inspect.cleandoc(self.function.__doc__ or "").split("\n\nArgs:")[0].strip()

    @cached_property
    def argument_help(self) -> Mapping[str, str]:
        """What the docstring says about each argument."""
        return dict(_argument_lines(inspect.cleandoc(self.function.__doc__ or "")), **{_KEY: _KEY_HELP})

    def validated(self, arguments: Mapping[str, Any], face: Face = Face.CLI) -> dict[str, Any]:
        """The arguments as the function takes them; `face` decides in which spelling they are complained about.

        Raises:
            BadRequest: something is missing, unknown or wrong; it says what, and the nearest name
        """
        refuse_hostile(arguments)
        try:
            model = self.arguments.model_validate(dict(arguments))
        except ValidationError as error:
            raise explained(error, self.signature.parameters, to_camel if face is Face.REST else to_snake) from error
        return {name: getattr(model, name) for name in self.signature.parameters}


class Registry:
    """All tools, from the modules that hold them.

    Args:
        modules: in the order in which tools are listed
    """

    def __init__(self, *modules: ModuleType) -> None:
        self._tools = {found.name: found for module in modules for found in _tools_of(module)}

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._tools.values())

    def __getitem__(self, name: str) -> Tool:
        """The tool of this name.

        Raises:
            NotFound: there is none; it names the nearest
        """
        if name not in self._tools:
            raise NotFound(f"There is no tool {name!r}.{nearest(name, self._tools)}")
        return self._tools[name]

    def call(self, services: Services, name: str, arguments: Mapping[str, Any], caller: Caller) -> Result:
        """Call a tool: validate, run in one transaction, record.

        Raises:
            ToolError: what the caller can do something about
        """
        return self.prepared(services, name, arguments, caller).made()

    def prepared(self, services: Services, name: str, arguments: Mapping[str, Any], caller: Caller) -> "Call":
        """A call whose arguments are right, for whoever has a transaction of its own to make it in.

        Raises:
            ToolError: there is no such tool, it is switched off, or the arguments are not right
        """
        found = self[name]
        if services.read_only and (found.mark.effect is not Effect.READ or caller.is_host):
            raise Forbidden(f"Onelane runs in read-only mode, so {name} is switched off.")
        return Call(found, services, caller, found.validated(arguments, caller.face))

    def question(self, services: Services, name: str, arguments: Mapping[str, Any], caller: Caller) -> str | None:
        """What a person must be asked before this call; None when nothing is lost by it.

        A run that sends or deletes needs a person each time, whatever the tool itself thinks.

        Raises:
            ToolError: the call would fail anyway
        """
        found = self[name]
        needs_person = caller.run_id is not None and found.mark.effect in NEEDS_PERSON
        if found.mark.confirm is None and not needs_person:
            return None
        given = found.validated(arguments, caller.face)
        with services.database.read() as session:
            host_callers.check(session, caller)
            asked = found.mark.confirm and found.mark.confirm(Context(session, services, caller), **given)
        return asked or (host_callers.question_of(name, found.mark.title, given) if needs_person else None)


class Call:
    """One call of a tool: `made` makes it; `brought` and `finished` are its two halves.

    Args:
        tool: what is called
        services: what it works with
        caller: who calls
        arguments: validated
    """

    def __init__(self, tool: Tool, services: Services, caller: Caller, arguments: dict[str, Any]) -> None:
        self.tool = tool
        self.services = services
        self.caller = caller
        self.arguments = arguments
        self._started = perf_counter()
        self._result: Result | None = None
        self._afterwards: list[Callable[[Session], None]] = []

    def made(self) -> Result:
        """Make the call: run it in one transaction, and record it when a run makes it.

        Raises:
            ToolError: what the caller can do something about
        """
        try:
            self._check_run()
            self.brought()
            with self._session() as session:
                host_callers.hear(session, self.caller)
                result = self.finished(session)
                self._record(session, result=result)
                return result
        except ToolError as error:
            if self.caller.run_id is not None:
                with self.services.database.write() as session:
                    if host_callers.is_heard(session, self.caller):
                        self._record(session, error=error)
            raise

    def _check_run(self) -> None:
        """Nobody outside is asked for a run that is over."""
        if self.tool.mark.outside and self.caller.is_host:
            with self.services.database.read() as session:
                host_callers.check(session, self.caller)

    def brought(self) -> None:
        """Ask the world outside where the tool does that; no transaction is open meanwhile.

        Raises:
            ToolError: what the caller can do something about
        """
        if self.tool.mark.outside:
            self._result = self._run(None, self.arguments)

    def finished(self, session: Session) -> Result:
        """Do the rest in the given transaction; nothing is recorded.

        Raises:
            ToolError: what the caller can do something about; the transaction must not be committed
        """
        if self._result is None:
            return self._once(session, dict(self.arguments))
        for action in self._afterwards:
            action(session)
        return self._result

    @property
    def duration_ms(self) -> int:
        """How long ago the call began."""
        return round((perf_counter() - self._started) * 1000)

    def _session(self) -> typing.ContextManager[Session]:
        only_reads = self.tool.mark.effect is Effect.READ and self.caller.run_id is None and not self._afterwards
        return self.services.database.read() if only_reads else self.services.database.write()

    def _once(self, session: Session, arguments: dict[str, Any]) -> Result:
        key = arguments.pop(_KEY, None)
        if key is None:
            return self._run(session, arguments)
        digest = hashlib.sha256(as_json(arguments)).hexdigest()
        name = self.tool.name
        if not answers.begin_answer(session, tool=name, idempotency_key=key, arguments_hash=digest):
            return self._again(answers.get_answer(session, name, key), digest)
        result = self._run(session, arguments)
        answers.keep_answer(session, tool=name, idempotency_key=key, answer=result.contract_json().decode())
        return result

    def _again(self, given: answers.Answer | None, digest: str) -> Result:
        if given is None or given.arguments_hash != digest:
            raise Conflict(f"That {_KEY} was used for another call; take a new one.")
        kind: type[Result] = self.tool.signature.return_annotation
        return kind.model_validate_json(given.answer)

    def _run(self, session: Session | None, arguments: dict[str, Any]) -> Result:
        return self.tool.function(Context(session, self.services, self.caller, self._afterwards), **arguments)

    def _record(self, session: Session, *, result: Result | None = None, error: ToolError | None = None) -> None:
        if self.caller.run_id is None:
            return
        steps.create_workflow_step(
            session, workflow_run_id=self.caller.run_id, step_type=self.step_type(result), **self.step(result, error)
        )

    def step_type(self, result: Result | None) -> StepType:
        """What kind of step the call is: its tool's, unless the result knows better."""
        return (result and result.recorded_as()) or self.tool.mark.step

    def step(self, result: Result | None, error: ToolError | None = None) -> steps.StepValues:
        """What is recorded of the call."""
        about = About() if result is None else result.recorded_about()
        return steps.StepValues(
            contact_id=about.get("contact_id"),
            url=about.get("url"),
            status=StepStatus.COMPLETED if error is None else StepStatus.FAILED,
            tool=self.tool.name,
            input=self._recorded_input(),
            output="{}" if result is None else result.recorded(),
            error=None if error is None else error.message,
            duration_ms=self.duration_ms,
        )

    def _recorded_input(self) -> str:
        """The arguments, long texts clipped: whoever gave them has them, and a step is small (DESIGN 4)."""
        given = {name: value for name, value in self.arguments.items() if name != _KEY}
        written = as_json(given)
        return (written if len(written) <= _LONG_INPUT else as_json(clipped(orjson.loads(written), _CLIP))).decode()


def as_json(arguments: Mapping[str, Any]) -> bytes:
    """Arguments as a step keeps them."""
    return orjson.dumps(arguments, default=_plain, option=orjson.OPT_SORT_KEYS)


def _plain(value: object) -> object:
    return value.model_dump() if isinstance(value, BaseModel) else str(value)


def _tools_of(module: ModuleType) -> Iterator[Tool]:
    for name, value in vars(module).items():
        mark = getattr(value, _MARK, None)
        # A tool that another module imported belongs to the module that defines it.
        if isinstance(mark, Mark) and value.__module__ == module.__name__:
            yield Tool(name, value, mark)


def _key_parameter() -> inspect.Parameter:
    kind = typing.Annotated[str | None, Field(max_length=200)]
    return inspect.Parameter(_KEY, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)


def _argument_lines(docstring: str) -> Iterator[tuple[str, str]]:
    _, _, arguments = docstring.partition("\n\nArgs:\n")
    for line in arguments.split("\n\n")[0].replace("\n        ", " ").splitlines():
        name, colon, text = line.strip().partition(": ")
        if colon:
            yield name, text
