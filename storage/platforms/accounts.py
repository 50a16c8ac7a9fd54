"""Platform accounts: the person's own accounts, connected or known from an export (docs/tables.md, "Accounts")."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, select

from onelane.storage.database.columns import Vocabulary, enum_column, flag_column, json_column, time_column, word_column
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, insert_into, table_of


class Platform(Vocabulary):
    """Where people and content come from."""

    X = "x", "X", "at-sign"
    LINKEDIN = "linkedin", "LinkedIn", "briefcase"
    GMAIL = "gmail", "E-mail", "mail"
    SUBSTACK = "substack", "Substack", "newspaper"
    ONELANE = "onelane", "Onelane", "layers"
    """An export of another Onelane; nobody is on it."""

    @property
    def company(self) -> str:
        """Who lets its accounts sign in, for people: whose mail Gmail keeps has an account at Google."""
        return "Google" if self is Platform.GMAIL else self.label

    @classmethod
    def from_word(cls, word: str | None) -> "Platform | None":
        """The platform of this name; None without one, or where a later version or somebody else wrote it."""
        return cls(word) if word in {each.value for each in cls} else None


class Channel(Vocabulary):
    """By which way a person is reached; `email` is the platform `gmail`."""

    EMAIL = "email", "E-mail"
    X = "x", "X"
    LINKEDIN = "linkedin", "LinkedIn"
    SUBSTACK = "substack", "Substack"
    ALL = "all", "All channels"
    """Of a suppression: every channel."""


CHANNEL_OF: Mapping[Platform, Channel] = {
    Platform.GMAIL: Channel.EMAIL,
    Platform.X: Channel.X,
    Platform.LINKEDIN: Channel.LINKEDIN,
    Platform.SUBSTACK: Channel.SUBSTACK,
    Platform.ONELANE: Channel.EMAIL,
}
"""The channel by which each platform reaches people."""
PLATFORM_OF: Mapping[Channel, Platform] = {
    channel: platform for platform, channel in CHANNEL_OF.items() if platform is not Platform.ONELANE
}
"""The platform of each channel; every channel together has none."""


class Transport(Vocabulary):
    """How what goes out of an account is carried out; a `task` is done by the person."""

    SMTP = "smtp", "SMTP"
    GMAIL = "gmail", "Gmail API"
    GMAIL_DRAFT = "gmail_draft", "Gmail draft"
    X = "x", "X API"
    LINKEDIN = "linkedin", "LinkedIn API"
    TASK = "task", "Task"


class InboundSource(Vocabulary):
    """How an account learns what came back."""

    IMAP = "imap", "IMAP"
    IMPORT = "import", "Import"


class PauseReason(Vocabulary):
    """Why nothing goes out of an account for now."""

    QUOTA = "quota"
    BLOCKED = "blocked"
    SIGNED_OUT = "signed_out"
    MANUAL = "manual", "Paused by hand"


class AuthType(Vocabulary):
    """How an account proves itself; a `file` account is known only from its exports."""

    OAUTH = "oauth", "Sign-in"
    SESSION = "session", "Session"
    API_KEY = "api_key", "API key"
    FILE = "file", "Export file"


class AccountStatus(Vocabulary):
    """Whether an account may be used."""

    ACTIVE = "active"
    PAUSED = "paused"
    NEEDS_REAUTH = "needs_reauth", "Needs signing in"


class Account(Row, table=True):
    """A row of `platform_accounts`."""

    __tablename__ = "platform_accounts"
    __table_args__ = (sa.UniqueConstraint("platform", "account_key", name="uq_platform_accounts_key"),)

    id: str = Field(primary_key=True, sa_type=sa.Text)
    platform: Platform = Field(sa_column=word_column(Platform))
    display_name: str = Field(sa_type=sa.Text)
    auth_type: AuthType = Field(sa_column=enum_column(AuthType, name="ck_platform_accounts_auth_type"))
    account_key: str = Field(sa_type=sa.Text)
    """What the platform calls this account: a user id, a handle or an address; `default` when an export names none."""
    credentials_encrypted: str | None = Field(default=None, sa_type=sa.Text)
    rate_limit_state: str = Field(default="{}", sa_column=json_column())
    status: AccountStatus = Field(
        default=AccountStatus.ACTIVE,
        sa_column=enum_column(AccountStatus, name="ck_platform_accounts_status", default=AccountStatus.ACTIVE),
    )
    last_synced_at: datetime | None = Field(default=None, sa_column=time_column())
    transport: Transport | None = Field(default=None, sa_column=word_column(Transport, nullable=True))
    """How it sends; null while it can't."""
    sender_name: str | None = Field(default=None, sa_type=sa.Text)
    signature: str | None = Field(default=None, sa_type=sa.Text)
    limits: str = Field(default="{}", sa_column=json_column())
    """How much may go out of it, where the person said so."""
    inbound: InboundSource | None = Field(default=None, sa_column=word_column(InboundSource, nullable=True))
    inbox_read_at: datetime | None = Field(default=None, sa_column=time_column())
    """Up to when it is known what came back."""
    paused_until: datetime | None = Field(default=None, sa_column=time_column())
    pause_reason: PauseReason | None = Field(
        default=None, sa_column=enum_column(PauseReason, name="ck_platform_accounts_pause_reason", nullable=True)
    )
    wants_old_words: bool = Field(default=False, sa_column=flag_column(default=False))
    """Whether its platform knows only the names that parameters had before it renamed them."""
    counts: str = Field(default="{}", sa_column=json_column())
    """How much there is of it on its platform, such as `followers`, as far as that was told."""
    created_at: datetime = Field(sa_column=time_column(defaults_to_now=True))
    updated_at: datetime = Field(sa_column=time_column(defaults_to_now=True))

    @property
    def waits_for_person(self) -> bool:
        """Whether it is held until a person looks, and not by time."""
        return self.pause_reason is not None and self.paused_until is None


def get_account(session: Session, account_id: str) -> Account | None:
    """The account with this id."""
    return session.get(Account, account_id)


def list_accounts(session: Session, platform: Platform | None = None) -> list[Account]:
    """All accounts, oldest first, of one platform if given."""
    query = select(Account).order_by(sa.asc("created_at"), sa.asc("id"))
    if platform is not None:
        query = query.where(Account.platform == platform)
    return list(session.exec(query))


def find_account(session: Session, platform: Platform, account_key: str) -> Account | None:
    """The account that the platform calls `account_key`, in small letters or in capitals."""
    rows = session.exec(select(Account).where(Account.platform == platform))
    same = [row for row in rows if row.account_key.casefold() == account_key.casefold()]
    return min(same, key=lambda row: row.account_key != account_key, default=None)


def same_file_account(session: Session, platform: Platform, account_key: str | None) -> Account | None:
    """The account that an export is of whose own key no account has: the only one that is known from exports.

    Where none is, it is the only one that signs in; an export that names nobody is of the only one there is.

    Args:
        session: a session
        platform: the export's
        account_key: what the export calls its owner; None where it names nobody

    Returns:
        None where there is none, where several may be meant, or where the only one is somebody else's.
    """
    rows = list_accounts(session, platform)
    candidates = [row for row in rows if row.auth_type is AuthType.FILE] or [row for row in rows if _signs_in(row)]
    candidates = candidates or (rows if account_key is None else [])
    if len(candidates) != 1 or (account_key is not None and candidates[0].account_key != "default"):
        return None
    return candidates[0]


def account_of_name(session: Session, platform: Platform, name: str | None, *, signs_in: bool) -> Account | None:
    """The only account that signs in, or the only one that is known from exports, if it is of this person.

    It is for a platform that calls an account one thing in its exports and another where it signs in.

    Args:
        session: a session
        platform: the account's
        name: the person's
        signs_in: which of the two is looked for
    """
    rows = [row for row in list_accounts(session, platform) if _signs_in(row) is signs_in]
    if platform is not Platform.LINKEDIN or len(rows) != 1 or name is None or name == platform.label:
        return None
    return rows[0] if rows[0].display_name.casefold() == name.casefold() else None


def _signs_in(account: Account) -> bool:
    """Whether the platform itself is asked as this account; an address with a password asks only mail servers."""
    by_token = account.auth_type is AuthType.API_KEY and account.platform is not Platform.GMAIL
    return account.auth_type is AuthType.OAUTH or by_token


def ensure_account(
    session: Session, *, platform: Platform, display_name: str, auth_type: AuthType, account_key: str
) -> Account:
    """The account that the platform calls so, made when there is none; two at once get the same one."""
    existing = find_account(session, platform, account_key)
    if existing is not None:
        return existing
    now = session.now()
    values = {"id": session.new_id("acc"), "platform": platform, "display_name": display_name, "auth_type": auth_type}
    session.sql(
        insert_into(session, table_of(Account))
        .values(**values, account_key=account_key, created_at=now, updated_at=now)
        .on_conflict_do_nothing(index_elements=["platform", "account_key"])
    )
    account = find_account(session, platform, account_key)
    if account is None:
        raise LookupError(f"the account {account_key!r} of {platform} was removed while it was being made")
    return account
