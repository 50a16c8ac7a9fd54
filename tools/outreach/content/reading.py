"""Reading drafts: each with where it goes, what it costs, and where it is on its way."""

from collections.abc import Mapping
from typing import Any

from onelane.storage.database.engine import Session
from onelane.storage.outreach.outbound import content_actions
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.people import contacts
from onelane.storage.platforms import accounts, publishing
from onelane.storage.platforms.accounts import PLATFORM_OF, Platform, Transport
from onelane.storage.platforms.content import ContentItem, ContentStatus
from onelane.tools.outreach.content.destination import Destination, destination_of
from onelane.tools.outreach.content.gates import content_gates
from onelane.tools.outreach.content.price import price_of
from onelane.tools.outreach.content.publication import came_to_nothing
from onelane.tools.outreach.content.views import ContentState, ContentView
from onelane.tools.outreach.explanation import views_of_gates
from onelane.tools.outreach.planning.gates import GateState
from onelane.tools.platforms.post_texts import count_characters
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import NotFound, ToolError

_STATES: Mapping[ActionStatus, ContentState] = {
    ActionStatus.APPROVED: "waits",
    ActionStatus.SENDING: "sending",
    ActionStatus.UNCERTAIN: "uncertain",
    ActionStatus.SENT: "in_drafts",
}


def read_content(
    session: Session, services: Services, item_id: str, *, account_id: str | None = None, by_hand: bool = False
) -> ContentView:
    """A draft, and where it is.

    Args:
        session: for reading
        services: what the settings and the vault say
        item_id: which draft
        account_id: as which account it would go, where several could
        by_hand: whether the person wants to carry it out themselves

    Raises:
        NotFound: there is no such draft of ours
    """
    item = known_item(session, item_id)
    actions = content_actions.list_of_item(session, item.id)
    last = actions[0] if actions else None
    is_decided = item.status is not ContentStatus.DRAFT and not came_to_nothing(last)
    names = contacts.contact_names(session, [item.contact_id]) if item.contact_id else {}
    fields = {**_of_item(item), "contact_name": names.get(item.contact_id or ""), "failure": _failure(last)}
    if is_decided and last is not None:
        return ContentView.model_validate({**fields, **_of_action(session, services, item, last)})
    return ContentView.model_validate({**fields, **_proposal(session, services, item, account_id, by_hand=by_hand)})


def known_item(session: Session, item_id: str) -> ContentItem:
    """A draft of ours, or a text that was one.

    Raises:
        NotFound: there is none
    """
    item = publishing.get_item(session, item_id) if item_id.isprintable() else None
    if item is None:
        raise NotFound(f"There is no draft {item_id[:100]!r}. list_drafts shows what waits; it may have been deleted.")
    return item


def _of_item(item: ContentItem) -> dict[str, Any]:
    return {
        **dict.fromkeys(ContentView.model_fields),
        "id": item.id,
        "kind": item.content_type,
        "title": item.title,
        "body": item.body or "",
        "platform": Platform.from_word(item.platform_target),
        "contact_id": item.contact_id,
        "state": "published" if item.status in (ContentStatus.PUBLISHED, ContentStatus.IMPORTED) else "draft",
        "gates": [],
    }


def _proposal(
    session: Session, services: Services, item: ContentItem, account_id: str | None, *, by_hand: bool
) -> dict[str, Any]:
    if item.status not in (ContentStatus.DRAFT, ContentStatus.APPROVED):
        return {}
    try:
        destination = destination_of(session, services, item, account_id=account_id, by_hand=by_hand)
    except ToolError as error:
        return {"problem": error.message}
    return _of_destination(services, destination)


def _of_destination(services: Services, destination: Destination) -> dict[str, Any]:
    draft, account = destination.draft, destination.account
    price = None if account is None else price_of(services, account, draft.body_text or "")
    return {
        "hash": draft.content_hash,
        "transport": draft.transport,
        "account_id": draft.platform_account_id,
        "account_name": None if account is None else account.display_name,
        "appears": draft.body_text,
        "to": draft.to_address,
        "characters": destination.characters,
        "most_characters": destination.most_characters,
        "usd": None if price is None else price.usd,
        "link": draft.link,
    }


def _of_action(session: Session, services: Services, item: ContentItem, action: OutboundAction) -> dict[str, Any]:
    account_id = action.platform_account_id
    account = None if account_id is None else accounts.get_account(session, account_id)
    post = publishing.post_of_item(session, item.id)
    waits = action.status is ActionStatus.APPROVED and action.transport is not Transport.TASK
    gates = content_gates(session, services, action) if waits else []
    return {
        "state": _state(item, action),
        "hash": action.content_hash,
        "transport": action.transport,
        "account_id": account_id,
        "account_name": None if account is None else account.display_name,
        "appears": action.body_text,
        "to": action.to_address,
        "characters": count_characters(PLATFORM_OF[action.channel], action.body_text or ""),
        "action_id": action.id,
        "action_status": action.status,
        "approved_at": action.approved_at,
        "approved_via": action.approved_via,
        "goes_at": _goes_at(gates),
        "gates": views_of_gates([each for each in gates if not each.passes]),
        "url": None if post is None else post.platform_url,
        "published_at": action.sent_at if post is None else post.published_at,
    }


def _state(item: ContentItem, action: OutboundAction) -> ContentState:
    if item.status is ContentStatus.PUBLISHED:
        return "published"
    if action.transport is Transport.TASK and action.status is ActionStatus.APPROVED:
        return "by_hand"
    return _STATES.get(action.status, "draft")


def _goes_at(gates: list[GateState]) -> Any:
    """When time alone lets it go; None where something else holds it, or nothing."""
    closed_gates = [each for each in gates if not each.passes]
    instants = [each.until for each in closed_gates if each.until is not None]
    return max(instants) if instants and len(instants) == len(closed_gates) else None


def _failure(action: OutboundAction | None) -> str | None:
    failure_statuses = (ActionStatus.FAILED, ActionStatus.UNCERTAIN, ActionStatus.APPROVED)
    return action.error if action is not None and action.status in failure_statuses else None
