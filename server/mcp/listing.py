"""The listing of the tools: what clients are given before they call any, and wait for.

To make it every tool and every table has to be imported. So it is kept in a file beside this module, which
`tests/snapshots` compares with the registry.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from onelane.tools.registry.tool_schemas import JsonSchema

FILE = Path(__file__).with_name("listing.json")


@dataclass(frozen=True, slots=True)
class ListedTool:
    """A tool as clients are told of it.

    Args:
        name: its name
        title: what it is called for people
        toolset: the toolset with which it is offered
        description: what it does, for models
        schema: its arguments
        hints: what it does to the world, in the protocol's words
    """

    name: str
    title: str
    toolset: str
    description: str
    schema: JsonSchema
    hints: Mapping[str, bool]

    @property
    def only_reads(self) -> bool:
        """Whether it changes nothing."""
        return self.hints.get("readOnlyHint", False)


Listing = Sequence[ListedTool]
"""The tools in the order in which clients list them."""


def kept_listing() -> Listing:
    """The listing of all tools there are, as the file has it."""
    return [ListedTool(**each) for each in orjson.loads(FILE.read_bytes())]


def text_of(listing: Listing) -> str:
    """The text of the file."""
    return orjson.dumps([asdict(tool) for tool in listing], option=orjson.OPT_INDENT_2).decode() + "\n"
