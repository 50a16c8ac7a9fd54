"""Run types: what runs of each type do and which settings they take, said once with `@run_type`.

Activation, schedules, the published schema, client runs and the engine read it from here. What stands in a declaration
is cheap to import; what a run needs for its work is imported by its function.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from inspect import getdoc
from typing import Any, Concatenate, ParamSpec

from onelane.storage.workflows.runs import WorkflowType
from onelane.storage.workflows.templates import TemplateType
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.runs.record import RunEnd
from onelane.tools.registry.runs.run import Run
from onelane.tools.registry.runs.run_config import (
    Config,
    RunConfig,
    check_settings,
    read_config,
    setting_names,
    with_kept_names,
)

Means = ParamSpec("Means")
"""What the function of a run type works with: the toolbox, and what was filled in with `given`."""


@dataclass(frozen=True, slots=True)
class RunType:
    """What runs of one type do.

    Args:
        workflow_type: its word
        config: the settings that a run takes
        function: carries out a run; None when nothing carries out runs of this type yet
        check: sees whether a run with these settings can be carried out; ToolError when not
        carries_out: the types of templates that say nothing else and are carried out by it
        client_may_drive: whether a chat client's own model may do the work (docs/agent.md, "Client runs")
        tells: gives settings that were left out and that others tell, such as what a file holds
        finds_out: gives settings that were left out and that there is only one answer to, such as the only account
        exclusive: what a run of these settings has for itself; nobody starts another one meanwhile
        asks: what its person is asked before a run of these settings begins; nothing where none need be asked
        description: what its runs do, in a sentence
    """

    workflow_type: WorkflowType
    config: type[RunConfig]
    function: Callable[..., RunEnd] | None = None
    check: Callable[..., None] | None = None
    carries_out: tuple[TemplateType, ...] = ()
    client_may_drive: bool = False
    tells: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None
    finds_out: Callable[..., Mapping[str, Any]] | None = None
    exclusive: Callable[..., str | None] | None = None
    asks: Callable[..., str | None] | None = None
    description: str = ""

    @property
    def settings(self) -> list[str]:
        """The names of the settings that a config may say, its own first."""
        return setting_names(self.config)

    def with_kept_names(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """A config with the names that it is kept with, however they were spelled."""
        return with_kept_names(self.config, config)

    def validate(self, config: Mapping[str, Any], *means: object) -> None:
        """See whether a run of this config can be carried out.

        Raises:
            ToolError: it can't
        """
        read = read_config(self.config, config)
        if self.check is not None:
            self.check(read, *means)

    def complete(self, config: Mapping[str, Any], *means: object) -> dict[str, Any]:
        """A config with the settings that its run type finds out by itself.

        Raises:
            ToolError: there are several answers, or none
        """
        if self.tells is not None:
            config = {**config, **self.tells(config)}
        if self.finds_out is None:
            return dict(config)
        return {**config, **self.finds_out(read_config(self.config, config), *means)}

    def exclusive_key(self, config: Mapping[str, Any]) -> str | None:
        """What a run of this config has for itself; None where any number may work at once."""
        return None if self.exclusive is None else self.exclusive(read_config(self.config, config))

    def question(self, config: Mapping[str, Any], ctx: Context) -> str | None:
        """What its person is asked before a run of this config begins; None where they need not be asked.

        Raises:
            BadRequest: a setting is missing, wrong or unknown
        """
        return None if self.asks is None else self.asks(ctx, read_config(self.config, config))

    def lacking(self, config: Mapping[str, Any]) -> list[str]:
        """The settings that a run needs and that this config does not say.

        Raises:
            BadRequest: a value is not right, or a name is unknown
        """
        return check_settings(self.config, config)

    def carry_out(self, run: Run, *means: object) -> RunEnd:
        """Do what a run of this type does, step by step.

        Raises:
            ToolError: it can't be done
            HoldRequested, ClaimLost, ShuttingDown: see `Run.step`
        """
        if self.function is None:
            raise BadRequest(f"Nothing carries out {self.workflow_type} runs.")
        return self.function(run, read_config(self.config, run.config), *means)

    def with_means(self, **means: object) -> "RunType":
        """The same, with arguments filled in that only who puts everything together has, such as clients."""
        function = None if self.function is None else partial(self.function, **means)
        check = None if self.check is None else partial(self.check, **means)
        finds_out = None if self.finds_out is None else partial(self.finds_out, **means)
        return replace(self, function=function, check=check, finds_out=finds_out)


def run_type(
    workflow_type: WorkflowType,
    *,
    config: type[Config],
    check: Callable[Concatenate[Config, Means], None] | None = None,
    carries_out: TemplateType | tuple[TemplateType, ...] = (),
    client_may_drive: bool = False,
    tells: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None,
    finds_out: Callable[Concatenate[Config, Means], Mapping[str, Any]] | None = None,
    exclusive: Callable[[Config], str | None] | None = None,
    asks: Callable[[Context, Config], str | None] | None = None,
) -> Callable[[Callable[Concatenate[Run, Config, Means], RunEnd]], RunType]:
    """Declare a function to be what runs of this type do.

    Args:
        workflow_type: the type's word
        config: the settings that a run takes; a class with a field for each, with its description
        check: sees whether a run with these settings can be carried out; gets what the function gets, but for the run
        carries_out: which templates are carried out by it where they say nothing else
        client_may_drive: whether a chat client's own model may do the work instead
        tells: gives settings that were left out and that others tell
        finds_out: gives settings that were left out and that there is only one answer to
        exclusive: what a run of these settings has for itself
        asks: what its person is asked before a run begins
    """
    templates = (carries_out,) if isinstance(carries_out, TemplateType) else carries_out

    def declare(function: Callable[Concatenate[Run, Config, Means], RunEnd]) -> RunType:
        description = (getdoc(function) or "").partition("\n\n")[0]
        return RunType(
            workflow_type,
            config,
            function,
            check,
            carries_out=templates,
            client_may_drive=client_may_drive,
            tells=tells,
            finds_out=finds_out,
            exclusive=exclusive,
            asks=asks,
            description=description,
        )

    return declare


class RunTypes:
    """The run types that there are.

    Args:
        declared: in the order in which they are listed
        find: gives further ones once somebody asks, for to import them takes a command longer than to do without
    """

    def __init__(self, *run_types: RunType, find: Callable[[], Iterable[RunType]] = tuple) -> None:
        self._run_types = run_types
        self._find = find

    @cached_property
    def _by_word(self) -> Mapping[WorkflowType, RunType]:
        return {each.workflow_type: each for each in (*self._run_types, *self._find())}

    def load(self) -> None:
        """Import what is not imported yet: who works for long does so at the start, and not when files are short."""
        _ = self._by_word

    def __iter__(self) -> Iterator[RunType]:
        return iter(self._by_word.values())

    def __getitem__(self, workflow_type: WorkflowType) -> RunType:
        """The run type of this word.

        Raises:
            BadRequest: there is none
        """
        if workflow_type not in self._by_word:
            raise self._not_startable(workflow_type)
        return self._by_word[workflow_type]

    @property
    def startable(self) -> list[RunType]:
        """Those whose runs something carries out."""
        return [each for each in self if each.function is not None]

    @property
    def client_driven(self) -> list[RunType]:
        """Those whose work a chat client's own model may do."""
        return [each for each in self if each.client_may_drive]

    def to_start(self, workflow_type: WorkflowType) -> RunType:
        """The run type of this word, whose runs can be started.

        Raises:
            BadRequest: they can't
        """
        kind = self[workflow_type]
        if kind.function is None:
            raise self._not_startable(workflow_type)
        return kind

    def carrying_out(self, template_type: TemplateType) -> RunType:
        """The run type that carries out templates of this type which say nothing else.

        Raises:
            BadRequest: nothing does
        """
        for each in self:
            if template_type in each.carries_out:
                return each
        raise BadRequest(f"Nothing carries out {template_type} templates here.")

    def _not_startable(self, workflow_type: WorkflowType) -> BadRequest:
        if workflow_type is WorkflowType.SEQUENCE:
            return BadRequest(
                "A sequence begins with its template, and has one run for as long as that is active: "
                "activate_template(template_id=...), then enroll_contacts."
            )
        startable = ", ".join(each.workflow_type for each in self.startable)
        return BadRequest(f"{workflow_type.label} runs can't be started here; what can be started: {startable}.")
