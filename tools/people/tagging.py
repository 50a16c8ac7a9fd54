"""Tags of many contacts at once."""

from collections.abc import Sequence

import orjson

from onelane.storage.people import contacts
from onelane.storage.people.contacts import Contact
from onelane.storage.search.contact_search import index_contacts
from onelane.storage.workflows import due_enrollments
from onelane.storage.workflows.steps import StepType
from onelane.tools.people.bulk_changes import changing_words, note_contacts
from onelane.tools.people.contact_fields import ContactIds, Tags, one_line, tags_json
from onelane.tools.people.contact_filter import ContactFilter, Expect, check_expectation, contacts_meant
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.result import Result
from onelane.tools.registry.tool_spec import Effect, Reveals, tool

_value = 3


class Tagged(Result):
    """How many contacts got other tags."""

    total: int
    changed: int
    added: Sequence[str] = ()
    removed: Sequence[str] = ()

    def text(self) -> str:
        """One line: of whom, which tags, and of how many nothing had to be changed."""
        unchanged_count = self.total - self.changed
        if not self.changed:
            were = "1 contact was" if unchanged_count == 1 else f"all {unchanged_count:,} contacts were"
            return f"No tags were changed{f': {were} so already' if unchanged_count else ''}."
        deeds = {"put on": self.added, "taken off": self.removed}
        tags = "; ".join(f"{deed}: {', '.join(map(one_line, tags))}" for deed, tags in deeds.items() if tags)
        people = f"{self.changed:,} contact{'' if self.changed == 1 else 's'} changed"
        return f"{people}{f', {unchanged_count:,} were so already' if unchanged_count else ''}. Tags {tags}."


def _ask_before_tagging(
    ctx: Context,
    contact_ids: list[str] | None = None,
    where: ContactFilter | None = None,
    expect: int | None = None,
    add: list[str] | None = None,
    remove: list[str] | None = None,
) -> str | None:
    words = changing_words(ctx, "Tag", contacts_meant(ctx.session, contact_ids, where, expect))
    return None if words is None else f"{words} Added: {add or 'none'}; taken off: {remove or 'none'}"


def _tell_unknown(ctx: Context, contact_ids: Sequence[str], known_contacts: Sequence[Contact]) -> None:
    """Say who is not there, so that a wrong id is no silent nothing."""
    unknown = sorted(set(contact_ids) - {each.id for each in known_contacts})
    if unknown:
        more = f" and {len(unknown) - _value} more" if len(unknown) > _value else ""
        ctx.notes.append(f"Not there: {', '.join(unknown[:_value])}{more}. search_contacts shows who is.")


def _to_tag(
    ctx: Context,
    contact_ids: Sequence[str] | None = None,
    where: ContactFilter | None = None,
    expect: int | None = None,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
) -> Sequence[str]:
    """Whom a call of `tag_contacts` means; refused where the call is."""
    check_expectation(where, expect)
    if not (add or remove):
        raise BadRequest("Say which tags to add or to remove.")
    return contacts_meant(ctx.session, contact_ids, where, expect)


@tool(
    effect=Effect.WRITE,
    toolset="contacts",
    title="Tag contacts",
    route="POST /api/contacts/tags",
    step=StepType.CONTACT_MERGE,
    lasting=_ask_before_tagging,
    # Else those whom a chat has tagged would count as made by it.
    reveals=Reveals,
    check=_to_tag,
)
def tag_contacts(
    ctx: Context,
    contact_ids: ContactIds | None = None,
    where: ContactFilter | None = None,
    expect: Expect = None,
    add: Tags = [],  # noqa: B006 - pydantic copies defaults
    remove: Tags = [],  # noqa: B006 - pydantic copies defaults
) -> Tagged:
    """Put tags on contacts, or take them off.

    Args:
        contact_ids: ids of the contacts
        where: instead of ids, all that fit; comes with `expect`
        expect: how many those are, else nothing is done
        add: tags to put on
        remove: tags to take off
    """
    ids = _to_tag(ctx, contact_ids, where, expect, add, remove)
    removed_tags = {tag.casefold() for tag in remove}
    known_contacts = contacts.list_contacts(ctx.session, ids)
    _tell_unknown(ctx, ids, known_contacts)
    changed_ids: list[str] = []
    for contact in known_contacts:
        before: list[str] = orjson.loads(contact.tags)
        has = {tag.casefold() for tag in before}
        after = [tag for tag in before if tag.casefold() not in removed_tags]
        after += [tag for tag in add if tag.casefold() not in has]
        if after != before:
            contacts.update_contact(ctx.session, contact.id, tags=tags_json(after))
            changed_ids.append(contact.id)
    ctx.session.flush()
    index_contacts(ctx.session, changed_ids)
    due_enrollments.look_again(ctx.session, contact_ids=changed_ids)
    note_contacts(ctx, changed_ids)
    return Tagged(total=len(known_contacts), changed=len(changed_ids), added=add, removed=remove)
