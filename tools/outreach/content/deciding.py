"""What a person decides about a draft: yes, no, another text, or not after all (docs/content.md, "Approval").

None of this is a tool: whatever the registry holds can be called by a model. Doors for people call it.
"""

from datetime import timedelta

import orjson

from onelane.storage.database.engine import Session
from onelane.storage.outreach.outbound import content_actions, outbound_actions
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.platforms import content, publishing
from onelane.storage.platforms.accounts import Transport
from onelane.storage.platforms.content import ContentItem, ContentStatus
from onelane.storage.workflows import tasks
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.tasks import TaskType
from onelane.tools.outreach.content.destination import Destination, destination_of
from onelane.tools.outreach.content.publication import came_to_nothing, review_key, take_back, withdraw
from onelane.tools.outreach.content.reading import known_item, read_content
from onelane.tools.outreach.content.views import ContentView
from onelane.tools.outreach.outbound.approval import MOST_CHARS, NotWaiting, check_switch
from onelane.tools.people.contact_fields import one_line
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import BadRequest, Conflict
from onelane.tools.registry.gate.deciding import deciding
from onelane.tools.registry.gate.shown_hash import HashConflict, is_as_shown

_MOST_TITLE = 300


def show_draft(
    services: Services, item_id: str, *, account_id: str | None = None, by_hand: bool = False
) -> ContentView:
    """A draft as a person must see it before they say yes.

    Raises:
        NotFound: there is none
    """
    with services.database.read() as session:
        return read_content(session, services, item_id, account_id=account_id, by_hand=by_hand)


def approve_draft(
    services: Services,
    item_id: str,
    shown_hash: str,
    *,
    via: Door,
    account_id: str | None = None,
    by_hand: bool = False,
) -> ContentView:
    """Let a draft go, if it says what the person was shown; it leaves once its approval can't be taken back any more.

    Args:
        services: the database, the vault and the settings
        item_id: which draft
        shown_hash: the hash of what they were shown
        via: where they said yes
        account_id: as which account it goes, where several could
        by_hand: whether they carry it out themselves

    Raises:
        NotFound: there is no such draft
        Conflict: it is decided already, says something else by now, or can't go at all
        BadRequest: its text is too long, or nothing is left of it
    """
    with deciding(services) as session:
        check_switch(session)
        item = _waiting(session, item_id)
        destination = destination_of(session, services, item, account_id=account_id, by_hand=by_hand)
        if not is_as_shown(shown_hash, destination.draft.content_hash):
            raise HashConflict(
                f"The draft {item.id} says something else than what was shown, or goes elsewhere. Read it again, then "
                "decide.",
                details={"id": item.id, "hash": destination.draft.content_hash},
            )
        if not publishing.approve_item(session, item):
            raise Conflict("Somebody else has just changed or decided about that draft. Look at it again.")
        _write(session, services, item, destination, via)
        tasks.close_task(session, review_key(item.id))
        session.expire_all()
        return read_content(session, services, item.id)


def undo_draft(services: Services, item_id: str) -> ContentView:
    """Take a yes back while nothing has left: it is a draft again.

    Raises:
        NotFound: there is no such draft
        NotWaiting: it has left, or was never approved
    """
    with deciding(services) as session:
        item = known_item(session, item_id)
        action = _last(session, item)
        if action is None or not withdraw(session, action):
            raise NotWaiting(f"The draft {item.id} has left, or was never approved; there is nothing to take back.")
        session.expire_all()
        return read_content(session, services, item.id)


def reject_draft(services: Services, item_id: str, *, shown_hash: str | None = None) -> None:
    """Let a draft never go: it is deleted, and nobody is asked to look at it any more.

    Raises:
        NotFound: there is no such draft
        NotWaiting: it is decided already
        HashConflict: it says something else than what they were shown
    """
    with deciding(services) as session:
        item = _waiting(session, item_id)
        if shown_hash is not None:
            view = read_content(session, services, item.id)
            if view.hash is None or not is_as_shown(shown_hash, view.hash):
                raise HashConflict("The draft says something else than what was shown. Read it again, then decide.")
        content.delete_draft(session, item.id)
        tasks.close_task(session, review_key(item.id))


def edit_draft(services: Services, item_id: str, title: str | None, body: str | None) -> ContentView:
    """Give a draft another title or text; what is None stays.

    Raises:
        NotFound: there is no such draft
        NotWaiting: it is decided already
        BadRequest: nothing is said, or nothing would be left of it
        Conflict: somebody else has just changed it
    """
    _check_words(title, body)
    with deciding(services) as session:
        item = _waiting(session, item_id)
        heading = item.title if title is None else one_line(title).strip()[:_MOST_TITLE] or None
        if not content.rewrite_draft(session, item, title=heading, body=item.body or "" if body is None else body):
            raise Conflict("Somebody else has just changed that draft. Look at it again; nothing was changed.")
        session.expire_all()
        return read_content(session, services, item.id)


def _check_words(title: str | None, body: str | None) -> None:
    if title is None and body is None:
        raise BadRequest("Say what shall be another: the title, the text, or both.")
    if body is not None and (not body.strip() or len(body) > MOST_CHARS):
        raise BadRequest(f"A draft has a text of at most {MOST_CHARS:,} characters. Nothing was changed.")


def _waiting(session: Session, item_id: str) -> ContentItem:
    item = known_item(session, item_id)
    if item.status is ContentStatus.APPROVED and came_to_nothing(_last(session, item)):
        take_back(session, item.id)
        session.refresh(item)
    if item.status is not ContentStatus.DRAFT or item.platform_account_id is not None:
        raise NotWaiting(
            f"The draft {item.id} is {item.status.label.lower()} and waits for no approval. "
            "onelane content show says where it is."
        )
    return item


def _last(session: Session, item: ContentItem) -> OutboundAction | None:
    actions = content_actions.list_of_item(session, item.id)
    return actions[0] if actions else None


def _write(session: Session, services: Services, item: ContentItem, destination: Destination, via: Door) -> None:
    """The action that carries a draft out; a draft has one for each yes."""
    now, number = session.now(), len(content_actions.list_of_item(session, item.id)) + 1
    undo = timedelta() if destination.is_by_hand else timedelta(seconds=services.workspace.read(session).undo_seconds)
    action = outbound_actions.create_action(
        session,
        action_key=content_actions.content_key(item.id, number),
        content_item_id=item.id,
        contact_id=item.contact_id,
        status=ActionStatus.APPROVED,
        approved_at=now,
        approved_via=via,
        approved_hash=destination.draft.content_hash,
        not_before=now + undo,
        **destination.draft.columns,
    )
    if action is None:
        raise Conflict("Somebody else has just approved that draft. Look at it again.")
    if action.transport is Transport.TASK:
        _ask(session, item, action, destination.draft.link)


def _ask(session: Session, item: ContentItem, action: OutboundAction, link: str | None) -> None:
    """Ask the person to carry a draft out by hand."""
    label = f"{item.content_type.label} on {action.channel.label}"
    title = f"{label}: {one_line(item.title or item.body or '')}"
    tasks.add_task(
        session,
        title=title[:_MOST_TITLE],
        description=action.body_text,
        task_type=TaskType.OUTREACH,
        related_contact_id=item.contact_id,
        task_key=f"outreach:{action.action_key}",
        outbound_action_id=action.id,
        payload=orjson.dumps(
            {"stepType": action.step_type.value, "channel": action.channel.value, "url": link}
        ).decode(),
    )
