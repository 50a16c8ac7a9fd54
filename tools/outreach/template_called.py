"""Which template is meant: by its id, or by its name where only one is called so."""

from onelane.storage.database.engine import Session
from onelane.storage.workflows import templates
from onelane.storage.workflows.templates import Template
from onelane.tools.registry.errors import Conflict, NotFound


def template_called(session: Session, given: str) -> Template:
    """The template with this id, or the only one with this name.

    Raises:
        NotFound: there is none
        Conflict: several are called so
    """
    template = templates.get_template(session, given)
    if template is not None:
        return template
    named = templates.find_templates_by_name(session, given)
    if len(named) == 1:
        return named[0]
    if named:
        raise Conflict(f"Several templates are called {given!r}. Use the id that list_templates shows.")
    raise NotFound(f"There is no template {given!r}. list_templates shows what there is.")
