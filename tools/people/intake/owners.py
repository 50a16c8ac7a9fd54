"""The owner of an import: their account, and which records are about them."""

from collections.abc import Sequence

from onelane.storage.database.engine import Session
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import Account, AuthType, Platform
from onelane.tools.platforms.formats.records import Owner, PersonRecord

_UNNAMED = "default"


def ensure_account(session: Session, platform: str, owner: Owner | None) -> Account:
    """The account that an export belongs to, made when there is none yet.

    Its key is the platform's id of the owner, or the handle, or the address; `default` where the export names nobody.
    Two imports at once get the same account: the unique key sees to that. An export that names nobody belongs to the
    only account of its platform that is known from exports, or else to the only one that signs in; one that names
    somebody names that account, unless its platform has.

    Args:
        session: a session that writes
        platform: the export's platform
        owner: whose export it is, as far as it tells
    """
    known_by = _keys_of(owner) if owner else []
    for key in known_by:
        if account := accounts.find_account(session, Platform(platform), key):
            return account
    file_account = accounts.same_file_account(session, Platform(platform), known_by[0] if known_by else None)
    if file_account is None and owner is not None:
        file_account = accounts.account_of_name(session, Platform(platform), owner.name, signs_in=True)
    if file_account is not None:
        return _name_account(session, file_account, platform, owner, known_by)
    return accounts.ensure_account(
        session,
        platform=Platform(platform),
        display_name=_display_name(platform, owner),
        auth_type=AuthType.FILE,
        account_key=known_by[0] if known_by else _UNNAMED,
    )


def _keys_of(owner: Owner) -> list[str]:
    keys = (owner.platform_user_id, owner.handle, owner.email, *owner.other_emails)
    return [key for key in keys if key]


def is_owner(record: PersonRecord, account: Account) -> bool:
    """Whether a record is about the account's owner, whom no message makes a contact."""
    if account.account_key == _UNNAMED:
        return False
    key = account.account_key.lower()
    known_by = [record.platform_user_id, record.handle, *(email.normalized for email in record.emails)]
    return key in (each.lower() for each in known_by if each)


def _name_account(
    session: Session, account: Account, platform: str, owner: Owner | None, known_by: Sequence[str]
) -> Account:
    """An account whose exports named nobody, once one does."""
    if known_by and account.account_key == _UNNAMED and account.auth_type is AuthType.FILE:
        account.account_key, account.display_name = known_by[0], _display_name(platform, owner)
        session.flush()
    return account


def _display_name(platform: str, owner: Owner | None) -> str:
    label = Platform(platform).label
    if owner is None:
        return label
    return owner.name or owner.handle or owner.email or label
