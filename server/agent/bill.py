"""What the answers to one question have cost, those included that broke off."""

from dataclasses import dataclass, field

from onelane.server.agent.model import ModelAnswer, Usage, cost_of


@dataclass
class Bill:
    """A sum over all attempts.

    Args:
        model: who is asked
        usage: what was used until now
        cost_usd: what that costs; None where it is not known
    """

    model: str
    usage: Usage = field(default_factory=Usage)
    cost_usd: float | None = 0.0

    def add(self, answer: ModelAnswer) -> None:
        """Add an answer."""
        self._add(answer.usage, answer.cost_usd)

    def add_lost(self, usage: Usage, /) -> None:
        """Add what an answer had used that broke off."""
        self._add(usage, cost_of(self.model, usage))

    def _add(self, usage: Usage, cost_usd: float | None) -> None:
        self.usage += usage
        # What is not known stays so, whatever is added to it.
        self.cost_usd = None if self.cost_usd is None or cost_usd is None else self.cost_usd + cost_usd
