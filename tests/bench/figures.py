"""The figures of benchmarks, each beside its floor: the least that the same work takes, measured in the same run."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One figure.

    Args:
        work: what was done, with its size
        value: what it took
        unit: such as `ms`, `s of CPU` or `a second`
        floor: what the least took that the same work takes, in the same unit; None where there is no such thing
        floor_is: what that is
    """

    work: str
    value: float
    unit: str
    floor: float | None = None
    floor_is: str = ""

    @property
    def ratio(self) -> float | None:
        """The value as a multiple of the floor."""
        return None if not self.floor else self.value / self.floor

    @property
    def line(self) -> str:
        """As a person reads it."""
        text = f"{self.work}: {number(self.value)} {self.unit}"
        if self.floor is None or self.ratio is None:
            return text
        return f"{text}; {self.floor_is} {number(self.floor)}, ratio {self.ratio:.2f}"


def number(value: float) -> str:
    """A figure with three places that count."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def tell(figures: Sequence[Figure]) -> list[Figure]:
    """Print figures, and give them back."""
    for each in figures:
        print(each.line, flush=True)
    return list(figures)
