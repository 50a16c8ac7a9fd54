"""What a run asks its person before it changes contacts that it did not make (docs/agent.md, "Lasting effects").

It asks for many, and for each one to whom letters would go that did not go before. What it has changed is counted for
the run at the top, so that neither small steps nor child runs get further.
"""

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

from onelane.storage.outreach.sequence_enrollments import sequence_without_question
from onelane.storage.people import contacts
from onelane.storage.workflows import run_contacts
from onelane.storage.workflows.run_contacts import Touch
from onelane.tools.people.contact_fields import is_refusal, one_line
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
    more = f" and {len(others) - _NAMED} more (hash of who: {_hash_of(others)})" if len(others) > _NAMED else ""
    already = f" It has changed {before} others already." if before else ""
    return f"{verb} {len(others)} contacts that it did not make: {names}{more}?{already}"


def _hash_of(contact_ids: Collection[str]) -> str:
    """Stands for those who are not named, so that a yes is to them and not to whoever fits by then."""
    return hashlib.sha256(" ".join(sorted(contact_ids)).encode()).hexdigest()[:12]


def saving_words(ctx: Context, contact_id: str, values: Mapping[str, Any]) -> str | None:
    """What is asked before values of one contact are changed; None empties one.

    Args:
        ctx: the call
        contact_id: whose
        values: the new ones, by column
    """
    words = _reaching_words(ctx, contact_id, values) or changing_words(ctx, "Change", [contact_id])
    return None if words is None else "\n".join([words, *_changed_lines(ctx, contact_id, values)])


def _changed_lines(ctx: Context, contact_id: str, values: Mapping[str, Any]) -> list[str]:
    """What each value becomes and is now: a yes is to this change, not to one of what somebody has written since."""
    contact = contacts.get_contact(ctx.session, contact_id)
    return [
        f"- {column} becomes {_shown(value)}, and is now {_shown(getattr(contact, column, None))}"
        for column, value in values.items()
    ]


def _shown(value: object) -> str:
    return "empty" if value in (None, "", [], {}) else one_line(str(value))


def _reaching_words(ctx: Context, contact_id: str, values: Mapping[str, Any]) -> str | None:
    """What is asked before letters would go where none went: after a no on record, or to another address."""
    contact = contacts.get_contact(ctx.session, contact_id)
    if contact is None:
        return None
    who, basis = f"{one_line(contact.name)} ({contact.id})", values.get("consent_basis", contact.consent_basis)
    if is_refusal(contact.consent_basis) and not is_refusal(basis):
        return f"Take back that {who} refused? On record would stand {basis or 'nothing'!r}, and letters may go again."
    address = values.get("email", contact.email)
    is_same = (address or "").casefold() == (contact.email or "").casefold()
    if is_same or (sequence := sequence_without_question(ctx.session, contact.id)) is None:
        return None
    sequence = one_line(sequence)
    if not address:
        return f"Take {contact.email} away from {who}? The letters of {sequence!r} go to them without another question."
    before = f" instead of {contact.email}" if contact.email else ""
    return f"Write to {who} at {address}{before}? The letters of {sequence!r} to them go out without another question."


def note_contacts(ctx: Context, contact_ids: Collection[str], touch: Touch = Touch.CHANGED) -> None:
    """Count what the run or chat that calls has done to contacts by itself; what its person allowed is not counted."""
    caller = ctx.caller
    if not contact_ids or ctx.has_yes:
        return
    if caller.chat is not None:
        caller.chat.contacts.update(contact_ids)
    if caller.run_id is not None:
        run_contacts.note_contacts(ctx.session, caller.run_id, contact_ids, touch)
