"""The tool that every contestant of `bench_agent.py` has, and what they all tell the model."""

from onelane.prompts import library
from onelane.tools.registry.context import Context
from onelane.tools.registry.result import Result
from onelane.tools.registry.tool_spec import Effect, tool

MODEL = "claude-sonnet-5-5"
MAX_TOKENS = 16_000
HELP = "Look up what is known of somebody."
FOUND = "is an engineer at Engines Ltd in London, has answered two of three letters, and asked to be written to in May."


class Found(Result):
    """What is known of somebody."""

    name: str
    known: str

    def text(self) -> str:
        """One sentence."""
        return f"{self.name} {self.known}"


@tool(effect=Effect.READ, toolset="bench", title="Look up")
def look_up(ctx: Context, name: str) -> Found:
    """Look up what is known of somebody.

    Args:
        name: who
    """
    return Found(name=name, known=FOUND)


def found(name: str) -> str:
    """What the model is told by those who have no registry."""
    return f"{name} {FOUND}"


def goal(turns: int) -> str:
    """The first message; the stand-in reads in it how often it is to call the tool."""
    return f"Take {turns} turns to find out about everybody."


def system() -> str:
    """What an agent run is told before all else."""
    return library.load("agent").filled(today="Monday, 2 November 2026", more="")
