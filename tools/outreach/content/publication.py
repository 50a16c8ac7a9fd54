"""What follows once a draft was carried out, or was not, in the caller's transaction (docs/content.md, "Outcomes")."""

from datetime import datetime, timedelta
from typing import Literal

from onelane.storage.database.engine import Session
from onelane.storage.outreach.outbound import action_moves, content_actions
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.platforms import accounts, publishing
from onelane.storage.platforms.accounts import Account, AccountStatus, PauseReason, Transport
from onelane.storage.workflows import tasks
from onelane.storage.workflows.tasks import TaskOutcome
from onelane.storage.workflows.templates import TemplateStepType
from onelane.tools.platforms.linkedin.posts import post_url
from onelane.tools.platforms.post_texts import is_same_text

FAILURES = 3
"""After so many posts of an account that failed one after the other it rests until a person looks."""
_SEEN_BEFORE = timedelta(minutes=10)
"""A sync's own instant of a post may be so much before ours."""


def review_key(item_id: str) -> str:
    """What the task says that asks the person to look at a draft."""
    return f"draft:{item_id}"


def finish_content(
    session: Session, action: OutboundAction, outcome: Literal["sent", "done", "skipped"], *, at: datetime
) -> None:
    """Note what became of a draft: it stands on its platform, among the person's drafts, or was left out.

    Args:
        session: a writing one
        action: what was carried out; its own state is set by the caller
        outcome: `sent` by an account, `done` by the person, or `skipped`
        at: when
    """
    item_id = action.content_item_id or ""
    if outcome == "skipped":
        take_back(session, item_id)
        return
    if action.step_type is not TemplateStepType.POST and action.transport is not Transport.TASK:
        # A letter among the drafts has gone nowhere yet: the person sends it, and the mailbox's sync sees it then.
        return
    post_id = action.provider_id or find_seen_post(session, action)
    account = None if action.platform_account_id is None else accounts.get_account(session, action.platform_account_id)
    publishing.publish_item(
        session,
        item_id,
        account_id=None if account is None else account.id,
        post_id=post_id,
        url=None if account is None or post_id is None else url_of(account, post_id),
        published_at=at,
    )


def fail_content(session: Session, action: OutboundAction) -> None:
    """Let a text be a draft again whose post failed; its person sees why, and an account that keeps failing rests."""
    take_back(session, action.content_item_id or "")
    if action.platform_account_id is None:
        return
    last = content_actions.last_outcomes(session, action.platform_account_id, limit=FAILURES)
    if len(last) == FAILURES and all(each is ActionStatus.FAILED for each in last):
        _hold(session, action.platform_account_id)


def came_to_nothing(action: OutboundAction | None) -> bool:
    """Whether what was approved last did not go and will not, as when its recipient answered or it failed."""
    return action is not None and action.status.is_over and action.status is not ActionStatus.SENT


def take_back(session: Session, item_id: str) -> bool:
    """Let an approved text be a draft again that waits for its person; False when it is none that was approved."""
    if not publishing.back_to_draft(session, item_id):
        return False
    tasks.reopen_task(session, review_key(item_id))
    return True


def withdraw(session: Session, action: OutboundAction) -> bool:
    """Let the action of a draft not go, and the draft be one again; False when it has left."""
    is_cancelled = action_moves.move_action(
        session, action.id, from_any=[ActionStatus.APPROVED], to=ActionStatus.CANCELLED, reason="taken back"
    )
    if not is_cancelled:
        return False
    tasks.close_actions(session, [action.id], TaskOutcome.SKIPPED)
    take_back(session, action.content_item_id or "")
    return True


def find_seen_post(session: Session, action: OutboundAction) -> str | None:
    """The platform's id of what a sync has seen of a post whose answer was lost; None where it saw nothing."""
    if action.platform_account_id is None or action.sending_at is None:
        return None
    since = action.sending_at - _SEEN_BEFORE
    for post, item in publishing.list_seen_since(session, action.platform_account_id, since):
        if post.platform_post_id and is_same_text(action.body_text or "", item.body or ""):
            return post.platform_post_id
    return None


def url_of(account: Account, post_id: str) -> str:
    """Where a post is seen."""
    if account.platform is accounts.Platform.LINKEDIN:
        return post_url(post_id)
    name = account.display_name
    return f"https://x.com/{name.removeprefix('@') if name.startswith('@') else 'i/web'}/status/{post_id}"


def _hold(session: Session, account_id: str) -> None:
    account = accounts.get_account(session, account_id)
    if account is not None and account.status is AccountStatus.ACTIVE and not account.waits_for_person:
        account.paused_until, account.pause_reason, account.updated_at = None, PauseReason.BLOCKED, session.now()
        session.add(account)
        session.flush()
