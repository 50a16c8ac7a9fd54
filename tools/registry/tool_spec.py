"""The decorator `@tool`: effect, name, toolset and route of a tool.

See docs/house.md, "One function, four faces".
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from onelane.storage.workflows.steps import StepType
from onelane.tools.registry.result import Result

SPEC = "__onelane_tool__"

Function = TypeVar("Function", bound=Callable[..., Result])


class Effect(StrEnum):
    """What a tool does to the world; approval, read-only mode and hints hang on it."""

    READ = "read"
    WRITE = "write"
    LASTING = "lasting"
    """Reaches beyond the run that asks, such as a schedule."""
    DESTROY = "destroy"
    SEND = "send"


NEEDS_PERSON = frozenset({Effect.LASTING, Effect.DESTROY, Effect.SEND})
"""What no run does without a person."""

Addresses = Callable[..., Sequence[str]]
"""Given the context and the arguments, how the address that a call has fetched may be written, as it is asked first;
none where it has none fetched."""

Words = Callable[..., str | None]
"""Given the context and the arguments, what a person is asked; None when they need not be."""


class Reveals(StrEnum):
    """What the answer of a tool may hold."""

    PRIVATE = "private"
    """What the person knows of others."""
    STRANGERS = "strangers"
    """Words that strangers wrote, which may try to steer whoever reads them."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where REST offers a tool."""

    method: str
    path: str
    status: int = 200


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """The arguments of `@tool`."""

    effect: Effect
    toolset: str
    title: str
    route: Route | None
    step: StepType
    creates: bool
    confirm: Words | None
    outside: bool
    prepare: Callable[..., object] | None
    agents: bool
    asks: Words | None = None
    lasting: Words | None = None
    leaves: str | Addresses | None = None
    tells: str | None = None
    reveals: frozenset[Reveals] = frozenset()
    names: Mapping[str, Callable[..., str]] = field(default_factory=dict[str, Callable[..., str]])
    stands: Callable[..., str] | None = None
    awaits: Callable[..., Result | None] | None = None
    in_batches: bool = False
    durable: bool = False
    lookup: frozenset[str] | None = None
    check: Callable[..., object] | None = None

    @property
    def is_without_transaction(self) -> bool:
        """Whether it is called without an open transaction."""
        return self.outside or self.in_batches

    def addresses(self, ctx: object, arguments: Mapping[str, Any]) -> Sequence[str]:
        """How the address that a call has fetched may be written, as it is asked for first; none without one."""
        if self.leaves is None:
            return ()
        return [str(arguments[self.leaves])] if isinstance(self.leaves, str) else self.leaves(ctx, **arguments)

    def with_ids(self, ctx: object, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments with names replaced by the ids of what they name now."""
        return {
            name: value if value is None or name not in self.names else self.names[name](ctx, value)
            for name, value in arguments.items()
        }


def tool(
    *,
    effect: Effect,
    toolset: str,
    title: str,
    route: str | None = None,
    status: int = 200,
    step: StepType = StepType.TOOL_CALL,
    creates: bool = False,
    confirm: Words | None = None,
    outside: bool = False,
    prepare: Callable[..., object] | None = None,
    agents: bool = True,
    asks: Words | None = None,
    lasting: Words | None = None,
    leaves: str | Addresses | None = None,
    tells: str | None = None,
    reveals: Collection[Reveals] = (),
    names: Mapping[str, Callable[..., str]] | None = None,
    stands: Callable[..., str] | None = None,
    awaits: Callable[..., Result | None] | None = None,
    in_batches: bool = False,
    durable: bool = False,
    lookup: Collection[str] | None = None,
    check: Callable[..., object] | None = None,
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
        confirm: what a person must say yes to before a chat does it; None when nothing is lost
        outside: it asks the world outside, which takes its time, so it runs without a transaction; `Context.afterwards`
            takes what it wants done in the one that records it
        prepare: given the context and the arguments, does what takes its time before the transaction begins;
            `Context.preparation` has what it returns
        agents: the embedded agent may call it; not what is for its person alone
        asks: what a person is asked before a run does it, where the effect alone needs them
        lasting: the same for a tool that reaches beyond the run only with some arguments; None with the others
        leaves: the argument that is an address which is fetched, or what finds that in the arguments
        tells: the argument whose words strangers are told, such as those of a search
        reveals: what its answers may hold
        names: arguments that may be a name, and what finds the id that it stands for
        stands: given the context and an earlier answer, how what was made then stands now, in a sentence
        awaits: given the context and the committed answer, waits a little and gives the answer as it is then, which a
            chat is told instead; None when it is no other
        in_batches: it works on any number of things in transactions of its own, so that nobody waits for it long, and
            doing it again changes nothing
        durable: what it did is on the disk before it answers, for it says that something stops
        lookup: with no other arguments than these it reads at most 100 rows, which an index finds; None where it
            always may take longer
        check: given the context and the arguments, refuses what the call would refuse and changes nothing; it takes the
            place of the rehearsal before a person is asked, where that would change so much that others wait, or asks
            the world outside
    """
    method, _, path = (route or "").partition(" ")
    where = Route(method, path, status) if route else None
    mark = ToolSpec(
        effect,
        toolset,
        title,
        where,
        step,
        creates,
        confirm,
        outside,
        prepare,
        agents,
        asks,
        lasting,
        leaves,
        tells,
        frozenset(reveals),
        names or {},
        stands,
        awaits,
        in_batches,
        durable,
        None if lookup is None else frozenset(lookup),
        check,
    )

    def keep(function: Function) -> Function:
        setattr(function, SPEC, mark)
        return function

    return keep
