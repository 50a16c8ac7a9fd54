"""What a run asks its person before it changes many contacts that it did not make (docs/agent.md, "Lasting effects").

What it has changed is counted for the run at the top, so that neither small steps nor child runs get further.
"""

from collections.abc import Collection

from onelane.storage.people import contacts
from onelane.storage.workflows import run_contacts
from onelane.storage.workflows.run_contacts import Touch
from onelane.tools.people.contact_fields import one_line
from onelane.tools.registry.context import Context

_NAMED = 10


def changing_words(ctx: Context, verb: str, contact_ids: Collection[str]) -> str | None:
    """What is asked before contacts are changed; None while a run has changed few, and in a chat where they are few.

    Args:
        ctx: the call
        verb: what is done with them, such as `Archive`
        contact_ids: whom
    """
    before, others = 0, list(dict.fromkeys(contact_ids))
    if ctx.caller.run_id is not None:
        top = run_contacts.lineage(ctx.session, ctx.caller.run_id)[-1]
        touches = run_contacts.of_run(ctx.session, top, others)
        before, others = (
            run_contacts.count_changed(ctx.session, top),
            [each for each in others if touches.get(each, Touch.FILLED) is Touch.FILLED],
        )
    if not others or before + len(others) <= ctx.services.workspace.read(ctx.session).lasting_contacts:
        return None
    named_contacts = [contacts.get_contact(ctx.session, contact_id) for contact_id in others[:_NAMED]]
    names = ", ".join(f"{one_line(each.name)} ({each.id})" for each in named_contacts if each is not None)
    more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
    already = f" It has changed {before} others already." if before else ""
    return f"{verb} {len(others)} contacts that it did not make: {names}{more}?{already}"


def note_contacts(ctx: Context, contact_ids: Collection[str], touch: Touch = Touch.CHANGED) -> None:
    """Count what the run or chat that calls has done to contacts by itself; what its person allowed is not counted."""
    caller = ctx.caller
    if not contact_ids or ctx.has_yes:
        return
    if caller.chat is not None:
        caller.chat.contacts.update(contact_ids)
    if caller.run_id is not None:
        run_contacts.note_contacts(ctx.session, caller.run_id, contact_ids, touch)
