"""Where a draft goes: as a post, among the person's drafts in Gmail, or into their own hands (docs/content.md)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from onelane.storage.database.engine import Session
from onelane.storage.people import identities
from onelane.storage.people.contacts import Contact
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import (
    CHANNEL_OF,
    Account,
    AccountStatus,
    Channel,
    Platform,
    Transport,
)
from onelane.storage.platforms.content import ContentItem, ContentType
from onelane.storage.workflows.templates import TemplateStepType
from onelane.tools.outreach.moving.drafting import Draft
from onelane.tools.outreach.planning.policies import Mode, mode_of
from onelane.tools.outreach.stopping.suppressed import suppressions_of
from onelane.tools.outreach.tasks.links import task_link
from onelane.tools.people.contact_fields import one_line
from onelane.tools.people.contact_saving import known_contact
from onelane.tools.platforms.online.grants import Grant, grant_of
from onelane.tools.platforms.online.sign_in.features import Feature, granted_features
from onelane.tools.platforms.post_texts import MOST_CHARACTERS, count_characters
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import BadRequest, Conflict
from onelane.tools.registry.gate.vault import VaultClosed

_BY_HAND = "Or carry it out yourself: approve it with --by-hand (byHand, or the button), and it becomes a task."
_POSTS_BY = {Platform.X: Transport.X, Platform.LINKEDIN: Transport.LINKEDIN}
_COMPOSE = "gmail.compose"
_ANSWERS = {ContentType.REPLY: TemplateStepType.COMMENT, ContentType.REPOST: TemplateStepType.COMMENT}
_LETTERS = (ContentType.EMAIL, ContentType.DM)


class NoWay(Conflict):
    """No account can carry this draft out."""

    code: ClassVar[str] = "no_way"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a draft goes, and what it says there.

    Args:
        draft: what goes
        account: which account carries it out; None where the person does
        platform: where it appears
    """

    draft: Draft
    account: Account | None
    platform: Platform

    @property
    def is_by_hand(self) -> bool:
        """Whether the person carries it out."""
        return self.draft.transport is Transport.TASK

    @property
    def characters(self) -> int:
        """How long its text is, as its platform counts."""
        return count_characters(self.platform, self.draft.body_text or "")

    @property
    def most_characters(self) -> int | None:
        """How long it may be there; None where nothing is known of that."""
        return MOST_CHARACTERS.get(self.platform) if self.draft.step_type is TemplateStepType.POST else None


def destination_of(
    session: Session, services: Services, item: ContentItem, *, account_id: str | None = None, by_hand: bool = False
) -> Destination:
    """Where a draft goes.

    Args:
        session: for reading
        services: the vault knows what accounts may do, and suppressed addresses
        item: the draft
        account_id: as which account, where several could
        by_hand: whether the person wants to carry it out themselves

    Raises:
        BadRequest: its text is too long, or nothing is left of it; or that account can't carry it out
        Conflict: no account can, or several and none was named, or its recipient must not be written to
    """
    platform = _platform_of(item)
    contact = None if item.contact_id is None else known_contact(session, item.contact_id)
    _check_recipient(session, services, contact, platform)
    if by_hand or not _is_carried(item, platform):
        destination = Destination(_by_hand(session, item, contact, platform), None, platform)
    elif item.content_type is ContentType.POST:
        account = _account(session, services, platform, account_id)
        destination = Destination(_post(item, account), account, platform)
    else:
        account = _account(session, services, platform, account_id)
        destination = Destination(_letter(item, account, contact), account, platform)
    _check_length(destination)
    return destination


def _platform_of(item: ContentItem) -> Platform:
    if item.content_type is ContentType.EMAIL:
        return Platform.GMAIL
    platform = Platform.from_word(item.platform_target)
    if platform is None:
        raise BadRequest(
            "This draft says not where it is to appear. Give it a platform when it is kept (save_draft with platform), "
            "or on its page."
        )
    return platform


def _is_carried(item: ContentItem, platform: Platform) -> bool:
    """Whether an account may carry it out: what its platform does not let a program do is the person's."""
    if item.content_type is ContentType.EMAIL:
        return item.contact_id is not None
    is_post = item.content_type is ContentType.POST
    return is_post and mode_of(platform, TemplateStepType.POST) is Mode.AUTO


def _post(item: ContentItem, account: Account) -> Draft:
    return Draft(
        platform_account_id=account.id,
        channel=CHANNEL_OF[account.platform],
        transport=_POSTS_BY[account.platform],
        step_type=TemplateStepType.POST,
        step_index=0,
        variant=None,
        from_address=account.account_key,
        to_address=None,
        subject=None,
        body_text=(item.body or "").strip(),
        body_html=None,
        in_reply_to=None,
    )


def _letter(item: ContentItem, account: Account, contact: Contact | None) -> Draft:
    if contact is None or not contact.email:
        raise NoWay(f"{one_line(contact.name) if contact else 'Its recipient'} has no e-mail address. Add one first.")
    if not item.title:
        raise BadRequest("A letter goes among the drafts with a subject. Give the draft a title; it is the subject.")
    return Draft(
        platform_account_id=account.id,
        channel=Channel.EMAIL,
        transport=Transport.GMAIL_DRAFT,
        step_type=TemplateStepType.MESSAGE,
        step_index=0,
        variant=None,
        from_address=account.account_key,
        to_address=contact.email,
        subject=one_line(item.title),
        body_text=item.body,
        body_html=None,
        in_reply_to=None,
    )


def _by_hand(session: Session, item: ContentItem, contact: Contact | None, platform: Platform) -> Draft:
    step_type = _step_type(item)
    address = None if contact is None else _address_of(session, contact, platform)
    text = (item.body or "").strip()
    return Draft(
        platform_account_id=None,
        channel=CHANNEL_OF[platform],
        transport=Transport.TASK,
        step_type=step_type,
        step_index=0,
        variant=None,
        from_address=None,
        to_address=address,
        subject=one_line(item.title) if item.title else None,
        body_text=text,
        body_html=None,
        in_reply_to=None,
        link=task_link(CHANNEL_OF[platform], step_type, address, text),
    )


def _step_type(item: ContentItem) -> TemplateStepType:
    if item.content_type in _LETTERS:
        return TemplateStepType.MESSAGE
    return _ANSWERS.get(item.content_type, TemplateStepType.POST)


def _address_of(session: Session, contact: Contact, platform: Platform) -> str | None:
    """Where somebody is on a platform: X's own number of them where it is known, for a message needs it."""
    if platform is Platform.GMAIL:
        return contact.email
    own_identities = [each for each in identities.list_identities(session, contact.id) if each.platform is platform]
    addresses = (each.platform_user_id or each.platform_handle or each.platform_url for each in own_identities)
    return next((each for each in addresses if each), contact.profile_url)


def _account(session: Session, services: Services, platform: Platform, account_id: str | None) -> Account:
    """The account that carries it out: the one that is named, or the only one that may."""
    if account_id is not None:
        return _account_by_id(session, services, platform, account_id)
    platform_accounts = accounts.list_accounts(session, platform)
    signed_in = [each for each in platform_accounts if _grant(services, each) is not None]
    able = [each for each in signed_in if _may(services, each)]
    ready = [each for each in able if each.status is not AccountStatus.NEEDS_REAUTH]
    if len(ready) > 1:
        raise _several(ready)
    if ready:
        return ready[0]
    raise _nobody(platform, able, signed_in)


def _account_by_id(session: Session, services: Services, platform: Platform, account_id: str) -> Account:
    account = accounts.get_account(session, account_id)
    if account is None or account.platform is not platform:
        raise BadRequest(f"{account_id[:100]} is no account of {platform.company}. onelane accounts list shows them.")
    if _grant(services, account) is None or not _may(services, account):
        signed_in = [account] if _grant(services, account) is not None else []
        raise _nobody(platform, [], signed_in)
    if account.status is AccountStatus.NEEDS_REAUTH:
        raise _nobody(platform, [account], [account])
    return account


def _nobody(platform: Platform, able: Sequence[Account], signed_in: Sequence[Account]) -> NoWay:
    feature = _FEATURES[platform]
    command = f"onelane accounts connect {platform.value} --feature {feature}"
    if able:
        return NoWay(f"{able[0].display_name} must sign in again before anything goes out of it: {command}. {_BY_HAND}")
    if signed_in:
        name = signed_in[0].display_name
        return NoWay(
            f"The sign-in of {name} at {platform.company} does not include {feature}, so that nothing can be "
            f"{_DONE[platform]} as it. Add it: {command}. {_BY_HAND}"
        )
    return NoWay(f"No account of {platform.company} is connected for {feature}. Connect one: {command}. {_BY_HAND}")


_FEATURES: Mapping[Platform, Feature] = {
    Platform.X: Feature.POST,
    Platform.LINKEDIN: Feature.POST,
    Platform.GMAIL: Feature.SEND,
}
_DONE = {Platform.X: "posted", Platform.LINKEDIN: "posted", Platform.GMAIL: "put among its drafts"}


def _may(services: Services, account: Account) -> bool:
    grant = _grant(services, account)
    if grant is None:
        return False
    if account.platform is Platform.GMAIL:
        return any(scope.endswith(_COMPOSE) for scope in grant.scopes)
    return _FEATURES[account.platform] in granted_features(account.platform, grant.scopes)


def _grant(services: Services, account: Account) -> Grant | None:
    try:
        return grant_of(services.vault, account)
    except VaultClosed:
        return None


def _several(ready: Sequence[Account]) -> Conflict:
    names = "; ".join(f"{one_line(each.display_name)}: {each.id}" for each in ready)
    return Conflict(
        f"Several accounts could carry it out. Say which: {names}.",
        details={"account_ids": [each.id for each in ready]},
    )


def _check_recipient(session: Session, services: Services, contact: Contact | None, platform: Platform) -> None:
    if contact is None:
        return
    if contact.archived_at is not None:
        raise Conflict(f"{one_line(contact.name)} is archived. Restore the contact first, or delete the draft.")
    address = _address_of(session, contact, platform)
    reasons = suppressions_of(session, services.vault, {contact.id: address}, CHANNEL_OF[platform])
    if contact.id in reasons:
        raise Conflict(f"{one_line(contact.name)} must not be written to ({reasons[contact.id]}). Delete the draft.")


def _check_length(destination: Destination) -> None:
    if not (destination.draft.body_text or "").strip():
        raise BadRequest("Nothing is left of this text. Change the draft, or delete it.")
    most = destination.most_characters
    if not destination.is_by_hand and most is not None and destination.characters > most:
        raise BadRequest(
            f"{destination.platform.label} takes {most:,} characters, and this text has {destination.characters:,}. "
            "Shorten it."
            + (" An account that pays for longer posts posts it by hand." if destination.platform is Platform.X else "")
        )
