"""Templates as people and models name them: by id, or by name where only one is called so."""

from onelane.storage.workflows import templates
from onelane.storage.workflows.templates import Template
from onelane.tools.registry.context import Context
from onelane.tools.registry.names import NAMES_TO_TRY, listed, only_one


def find_template(ctx: Context, template_id: str) -> Template:
    """The template with this id, or the only one with this name.

    Raises:
        NotFound: there is none
        Conflict: several are called so
    """
    template = templates.get_template(ctx.session, template_id)
    return template or only_one(
        templates.find_templates_by_name(ctx.session, template_id),
        template_id,
        noun="template",
        names=lambda: (row["name"] for row in templates.list_templates(ctx.session, page_size=NAMES_TO_TRY).data),
    )


def template_id_of(ctx: Context, template_id: str) -> str:
    """The id of the template with this id, or with this name; see `find_template`."""
    return find_template(ctx, template_id).id


def note_namesakes(ctx: Context, template: Template) -> None:
    """Say so where another template has the name of a new one: only its id tells them apart."""
    others = templates.namesake_ids(ctx.session, template)
    if others:
        ctx.notes.append(f"There is another template of this name: {listed(others)}. Use ids to tell them apart.")
