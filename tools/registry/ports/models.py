"""The port to language models: read a text and fill in a form (docs/agent.md, "Extraction")."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel

from onelane.storage.database.engine import Session
from onelane.tools.registry.errors import ToolError

Form = TypeVar("Form", bound=BaseModel)


class NoModel(ToolError):
    """No language model is set up here. At a terminal type `onelane keys set anthropic` (or set ANTHROPIC_API_KEY) and start Onelane again, or do the reading yourself: begin_agent_run starts a run whose work you do."""  # noqa: E501 - it is the message


@dataclass(frozen=True, slots=True)
class Extraction(Generic[Form]):
    """What a model found in a text.

    Args:
        value: the form, filled in
        model: which model filled it in
        input_tokens: what was read for it, cached or not
        output_tokens: what was written
        cost_usd: None when its price is not known
        settle: takes what it has cost off the budgets and adds it to the run, in the transaction that records it
    """

    value: Form
    model: str
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    settle: Callable[[Session], None]


class Models(Protocol):
    """Language models that read text. What they cost is held in the run's budgets before they are asked."""

    def check(self) -> None:
        """See whether there is one to ask. NoModel when not."""
        ...

    def extract(
        self, form: type[Form], text: str, *, instructions: str, key: str, run_id: str | None
    ) -> Extraction[Form]:
        """Fill in a form from a text, which is data and nothing else, whatever it says.

        Args:
            form: what to fill in; its fields' descriptions are read
            text: where to look
            instructions: what to look for
            key: which call of the run this is, so that one that was lost is not counted twice
            run_id: the run that pays for it

        Raises:
            ToolError: there is no model, it does not answer, or a budget is reached
        """
        ...


class NoModels:
    """No language model is set up."""

    def check(self) -> None:
        """There is none."""
        raise NoModel

    def extract(
        self, form: type[Form], text: str, *, instructions: str, key: str, run_id: str | None
    ) -> Extraction[Form]:
        """There is none."""
        raise NoModel
