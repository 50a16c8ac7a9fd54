"""The mark by which a function is a tool: what it does to the world, its name, where it is offered.

See docs/house.md, "One function, four faces".
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from onelane.storage.workflows.steps import StepType
from onelane.tools.registry.result import Result

SPEC = "__onelane_tool__"

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
class ToolSpec:
    """What `@tool` was told."""

    effect: Effect
    toolset: str
    title: str
    route: Route | None
    step: StepType
    creates: bool
    confirm: Callable[..., str | None] | None
    outside: bool
    prepare: Callable[..., object] | None
    agents: bool

    @property
    def takes_time(self) -> bool:
        """Whether a call does something first for which no transaction may be open."""
        return self.outside or self.prepare is not None


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
    prepare: Callable[..., object] | None = None,
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
        prepare: given the context and the arguments, does what takes its time before the transaction begins;
            `Context.prepared` has what it returns
        agents: the embedded agent may call it; not what is for its person, such as allowing what it asked for
    """
    method, _, path = (route or "").partition(" ")
    where = Route(method, path, status) if route else None
    mark = ToolSpec(effect, toolset, title, where, step, creates, confirm, outside, prepare, agents)

    def keep(function: Function) -> Function:
        setattr(function, SPEC, mark)
        return function

    return keep
