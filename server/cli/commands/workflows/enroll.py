"""`onelane enroll`: enrolls contacts in a template."""

from onelane.server.cli.tool_commands import Derived, function_of, help_of
from onelane.tools.catalogue import all_tools

DERIVED = Derived(
    "enroll",
    "enroll_contacts",
    positional=("template_id", "contact_ids"),
    renamed={"template_id": "template", "contact_ids": "contact"},
    examples=('onelane enroll "First hello" CONTACT_ID CONTACT_ID',),
)

command = function_of(all_tools()[DERIVED.tool], DERIVED)
command.__doc__ = help_of(all_tools()[DERIVED.tool], DERIVED)
