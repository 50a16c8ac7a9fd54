"""REST for the person: connecting a mail account, changing it, letting it go on (docs/routes.md, "Person")."""

from http import HTTPStatus
from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints

from onelane.server.http.person.person_operation import Parts, PersonBody, PersonOperation
from onelane.tools.outreach.mail.account_care import change_account, resume_account
from onelane.tools.outreach.mail.connecting import ConnectedAccount, connect_mail
from onelane.tools.outreach.mail.mail_accounts import ServerWishes, find_servers
from onelane.tools.outreach.mail.mail_server import Security
from onelane.tools.registry.context import Services
from onelane.tools.registry.result import Flag
from onelane.tools.sync.account_views import AccountView, read_account

ACCOUNT = "/api/accounts/{account_id}"

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=320)]
Port = Annotated[int, Field(ge=1, le=65_535, strict=True)]
Count = Annotated[int, Field(ge=0, le=100_000, strict=True)]


class ServerBody(PersonBody):
    """A mail server; what is left out is known of the provider, or usual."""

    host: Word | None = None
    port: Port | None = None
    security: Security | None = None


class ConnectBody(PersonBody):
    """An e-mail address, and an app password that both of its servers take."""

    address: Word
    password: Annotated[SecretStr, Field(min_length=1, max_length=1000)]
    sender_name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] | None = None
    user: Word | None = None
    smtp: ServerBody = Field(default_factory=ServerBody)
    imap: ServerBody = Field(default_factory=ServerBody)
    check: Flag = True


class LimitsBody(PersonBody):
    """How much may go out of an account; what is left out stays."""

    per_day: Count | None = None
    per_hour: Count | None = None
    new_per_day: Count | None = None
    spacing_seconds: Count | None = None
    jitter_seconds: Count | None = None


class AccountBody(PersonBody):
    """What changes of an account; an empty text empties it."""

    limits: LimitsBody = Field(default_factory=LimitsBody)
    sender_name: Annotated[str, StringConstraints(max_length=200)] | None = None
    signature: Annotated[str, StringConstraints(max_length=5000)] | None = None


def _connect(services: Services, parts: Parts, body: ConnectBody) -> ConnectedAccount:
    smtp, imap = find_servers(body.address, user=body.user, smtp=_wishes(body.smtp), imap=_wishes(body.imap))
    return connect_mail(
        services,
        body.address,
        sender_name=body.sender_name,
        password=body.password.get_secret_value(),
        smtp=smtp,
        imap=imap,
        is_checked=body.check,
    )


def _change(services: Services, parts: Parts, body: AccountBody) -> AccountView:
    account = change_account(
        services,
        parts["account_id"],
        limits=body.limits.model_dump(),
        sender_name=body.sender_name,
        signature=body.signature,
    )
    return _view(services, account)


def _resume(services: Services, parts: Parts, body: PersonBody) -> AccountView:
    return _view(services, resume_account(services, parts["account_id"]))


def _view(services: Services, account_id: str) -> AccountView:
    return read_account(services, account_id)


def _wishes(body: ServerBody) -> ServerWishes:
    return ServerWishes(body.host, body.port, body.security)


ACCOUNTS = (
    PersonOperation(
        "POST",
        "/api/accounts",
        "connect_mail_account",
        "Connect a mail account",
        "Its servers are asked first whether they let it in, unless `check` is false. Connecting it again changes it.",
        _connect,
        ConnectedAccount,
        ConnectBody,
        status=HTTPStatus.CREATED,
    ),
    PersonOperation(
        "PATCH",
        ACCOUNT,
        "change_account",
        "Change an account",
        "How much may go out of it, and as whose. What its provider publishes as its limit can't be passed.",
        _change,
        AccountView,
        AccountBody,
    ),
    PersonOperation(
        "POST",
        f"{ACCOUNT}/resume",
        "resume_account",
        "Let an account go on",
        "After the person has looked at what held it.",
        _resume,
        AccountView,
    ),
)
