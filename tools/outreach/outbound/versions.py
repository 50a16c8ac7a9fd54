"""Versions of sequences as a person reads them before they approve one (docs/sequences.md, "Approval")."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import orjson

from onelane.storage.database.engine import Session
from onelane.storage.outreach import template_versions
from onelane.storage.outreach.template_versions import TemplateVersion
from onelane.storage.workflows.approvals import Door
from onelane.tools.people.contact_fields import one_line
from onelane.tools.registry.gate.shown_text import shown_text
from onelane.tools.registry.result import Instant, Result, when

_INDENT = "  "


class VersionForApproval(Result):
    """A version of a sequence, and whether a person has approved it."""

    id: str
    template_id: str
    template_name: str
    version: int
    content_hash: str
    approved_at: Instant | None
    approved_via: Door | None

    def text(self) -> str:
        """One line."""
        stands = "not approved" if self.approved_at is None else f"approved {when(self.approved_at)}"
        return f"Version {self.version} of {one_line(self.template_name)}: {stands}"


def versions_to_approve(session: Session) -> list[TemplateVersion]:
    """The versions that are sent without further questions once a person has approved them, oldest first."""
    versions = template_versions.list_unapproved(session)
    return [each for each in versions if orjson.loads(each.config).get("approval") == "version"]


def view_of_version(template_name: str, version: TemplateVersion) -> VersionForApproval:
    """A version as its door shows it."""
    return VersionForApproval.model_validate({**version.model_dump(), "template_name": template_name})


def version_words(version: TemplateVersion) -> str:
    """All that a version says, as a person must see it before they say yes to it."""
    steps: list[dict[str, Any]] = orjson.loads(version.steps)
    lines = [f"Version {version.version} of {one_line(version.name)}. Whoever is in it is sent this, unasked:"]
    for number, step in enumerate(steps, 1):
        lines += ["", f"Step {number}: {step['step_type']}, {step['delay_hours']} h after the one before"]
        lines += _value_lines(step["config"])
    lines += ["", "Settings:", *_value_lines(orjson.loads(version.config))]
    return shown_text("\n".join(lines))


def _value_lines(value: object, indent: str = _INDENT) -> Iterator[str]:
    """JSON as lines that a person can read: texts as they are, and not with their line breaks spelled out."""
    if isinstance(value, dict):
        for name, part in cast("Mapping[str, object]", value).items():
            yield f"{indent}{name}:"
            yield from _value_lines(part, indent + _INDENT)
    elif isinstance(value, list):
        for part in cast("list[object]", value):
            yield f"{indent}-"
            yield from _value_lines(part, indent + _INDENT)
    else:
        text = value if isinstance(value, str) else orjson.dumps(value).decode()
        yield from (f"{indent}{line}" for line in text.splitlines() or [""])
