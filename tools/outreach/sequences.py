"""Sequences as people look at them: what each would be sent, why something waits, what is wrong, what came of it.

What finds it out is loaded when it is asked for: whoever lists tools needs none of it.
"""

from typing import Annotated

from pydantic import Field

from onelane.storage.outreach import template_versions, version_moves
from onelane.storage.workflows.templates import Template
from onelane.tools.outreach.entry import is_sequence
from onelane.tools.outreach.named_templates import find_template, template_id_of
from onelane.tools.outreach.planning.policies import all_policies
from onelane.tools.outreach.sequence_views import (
    Explanation,
    LintReport,
    Moves,
    PolicyList,
    PolicyView,
    SequencePreview,
    TemplateFigures,
    VersionList,
    VersionView,
)
from onelane.tools.people.contact_fields import RecordedInstant
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.result import Flag
from onelane.tools.registry.tool_spec import Effect, Reveals, tool

_MOST_PEOPLE = 50
Number = Annotated[int, Field(ge=1, le=1_000_000)]


@tool(
    effect=Effect.READ,
    toolset="enrollments",
    title="Explain why something waits",
    route="GET /api/explain/{id}",
    reveals=Reveals,
)
def explain(ctx: Context, id: str) -> Explanation:  # noqa: A002 - its name is part of the contract
    """Say why somebody's next message has not gone yet, gate by gate, and when it can go.

    Args:
        id: a contact, an enrollment or an outbound action
    """
    from onelane.tools.outreach.explanation import explanation_of

    return explanation_of(ctx, id)


@tool(
    effect=Effect.READ,
    toolset="templates",
    title="Preview a sequence",
    route="POST /api/workflows/templates/{template_id}/preview",
    reveals=Reveals,
)
def preview_sequence(
    ctx: Context,
    template_id: str,
    contact_ids: Annotated[list[str], Field(max_length=_MOST_PEOPLE)] = [],  # noqa: B006 - pydantic copies defaults
    starts_at: RecordedInstant | None = None,
) -> SequencePreview:
    """Show what a sequence would send to whom and when, and who would be blocked. Nothing is written.

    Args:
        template_id: its id or name
        contact_ids: at most 50, by id, name or address; else those in it
        starts_at: as if it were then
    """
    from onelane.tools.outreach.preview.preview import preview_people

    return preview_people(ctx, _sequence(ctx, template_id), contact_ids, starts_at)


@tool(
    effect=Effect.READ,
    toolset="advanced",
    title="Check a template",
    route="POST /api/workflows/templates/{template_id}/lint",
)
def lint_template(ctx: Context, template_id: str) -> LintReport:
    """List what is wrong with a sequence. Errors refuse its activation, warnings don't.

    Args:
        template_id: its id or name
    """
    from onelane.tools.outreach.versions import lint_template as problems_of

    return LintReport(problems=problems_of(ctx.session, _sequence(ctx, template_id)))


@tool(
    effect=Effect.READ,
    toolset="advanced",
    title="List a template's versions",
    route="GET /api/workflows/templates/{template_id}/versions",
)
def list_template_versions(ctx: Context, template_id: str) -> VersionList:
    """List the versions of a template, the newest first, with how many people are on their way in each.

    Args:
        template_id: its id or name
    """
    template = find_template(ctx, template_id)
    counts = version_moves.count_by_version(ctx.session, template.id)
    versions = template_versions.list_versions(ctx.session, template.id)
    data = [VersionView.model_validate({**each.model_dump(), "enrolled": counts.get(each.id, 0)}) for each in versions]
    return VersionList(data=data, total=len(data))


@tool(
    effect=Effect.READ,
    toolset="advanced",
    title="Show a template's figures",
    route="GET /api/workflows/templates/{template_id}/stats",
)
def get_template_stats(ctx: Context, template_id: str) -> TemplateFigures:
    """Show what came of a sequence: per version and step, and of its people, with the reply rate and what it is of.

    Args:
        template_id: its id or name
    """
    from onelane.tools.outreach.figures import figures_of

    return figures_of(ctx.session, find_template(ctx, template_id))


def _ask_to_migrate(ctx: Context, template_id: str, to: int, dry_run: bool = False) -> str | None:
    """Who would move and what each would be sent, as a question; None where it is only shown."""
    from onelane.tools.outreach.version_move import migrate

    if dry_run:
        return None
    template = _sequence(ctx, template_id)
    moves = migrate(ctx, template, to, dry_run=True)
    # What a person is shown word for word has no tabs.
    moves_text = moves.first(_MOST_PEOPLE).text().replace("\t", "  ")
    return f"Move people of {template.name!r} to version {to}?\n{moves_text}\nIs that right?"


@tool(
    effect=Effect.WRITE,
    toolset="advanced",
    title="Move people to another version",
    route="POST /api/workflows/templates/{template_id}/migrate",
    confirm=_ask_to_migrate,
    lasting=_ask_to_migrate,
    names={"template_id": template_id_of},
    reveals=Reveals,
)
def migrate_template(ctx: Context, template_id: str, to: Number, dry_run: Flag = False) -> Moves:
    """Let everybody who is on their way in another version of a sequence go on in this one.

    Nothing is sent twice; what is written and has not left is written anew, and approved anew.

    Args:
        template_id: its id or name
        to: the version's number
        dry_run: only show who would move, and what each would be sent
    """
    from onelane.tools.outreach.version_move import migrate

    return migrate(ctx, _sequence(ctx, template_id), to, dry_run=dry_run)


@tool(effect=Effect.READ, toolset="advanced", title="List policies", route="GET /api/policies")
def list_policies(ctx: Context) -> PolicyList:
    """List which step is sent, done by hand or forbidden on which platform, with where that was read and when."""
    data = [
        PolicyView(
            platform=each.platform,
            step_type=each.step_type,
            mode=each.mode,
            why=each.why,
            source=each.source,
            checked_on=each.checked_on.isoformat(),
        )
        for each in all_policies()
    ]
    return PolicyList(data=data, total=len(data))


def _sequence(ctx: Context, template_id: str) -> Template:
    """The template, which must be a sequence."""
    template = find_template(ctx, template_id)
    if not is_sequence(template):
        raise BadRequest(
            f"Template {template.name!r} is no sequence: nobody goes through its steps. list_templates(template_type="
            "'outreach') shows those that are."
        )
    return template
