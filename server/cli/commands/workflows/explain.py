"""`onelane explain`: says why something has not gone yet."""

from onelane.server.cli.tool_commands import ToolCommand, function_of, help_of
from onelane.tools.catalogue import all_tools

DERIVED = ToolCommand(
    "explain",
    "explain",
    positional=("id",),
    examples=("onelane explain CONTACT_ID", "onelane explain ENROLLMENT_ID --json"),
)

command = function_of(all_tools()[DERIVED.tool], DERIVED)
command.__doc__ = help_of(all_tools()[DERIVED.tool], DERIVED)
