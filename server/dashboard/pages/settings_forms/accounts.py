"""Accounts on the settings page: connected, checked, held and let go on, and how much goes out of them."""

import secrets
from collections.abc import Mapping, Sequence
from threading import Event
from typing import Any, get_args

from pydantic.alias_generators import to_snake

from onelane.server.dashboard.visit import Done, Form, Visit, whole_number
from onelane.storage.platforms.accounts import AuthType, Platform
from onelane.tools.outreach.mail.account_care import change_account, resume_account
from onelane.tools.outreach.mail.connecting import check_mail, connect_mail
from onelane.tools.outreach.mail.mail_accounts import ServerWishes, find_servers
from onelane.tools.outreach.mail.mail_server import Security
from onelane.tools.registry.errors import BadRequest
from onelane.tools.sync.account_connecting import OnlinePlatform

LIMITS = {
    "perDay": "In 24 hours, at most",
    "perHour": "An hour, at most",
    "newPerDay": "First messages in 24 hours",
    "spacingSeconds": "Seconds between two",
    "jitterSeconds": "And up to so many more",
}
SECURITIES = {Security.TLS: "TLS", Security.STARTTLS: "STARTTLS", Security.NONE: "None, on this machine"}
ONLINE = get_args(OnlinePlatform)
"""Where accounts sign in."""
_LOOK_EVERY_SECONDS = 1.0


def connect(visit: Visit, form: Form) -> Done:
    """Connect an address for mail, or sign it in again, after its servers let it in."""
    address, password = form.text("address"), "".join(form.all("password")[-1:])
    if not password:
        raise BadRequest("The password is empty. Nothing was changed.")
    smtp, imap = find_servers(
        address, user=form.text("user") or None, smtp=_server(form, "smtp"), imap=_server(form, "imap")
    )
    account = connect_mail(
        visit.onelane.toolbox.services,
        address,
        sender_name=form.text("sender_name")[:200] or None,
        password=password,
        smtp=smtp,
        imap=imap,
    )
    answers = "Its mailbox is read for answers." if imap else "Answers come by import: no IMAP server is known."
    return Done(f"{account.address} is connected. {answers} Check it next.", visit.path)


def sign_in(visit: Visit, form: Form) -> Done:
    """Begin a sign-in at a platform; the page then shows where the person goes on."""
    features = form.text("features").replace(",", " ").lower().split()
    joins = bool(form.text("joins_import"))
    visit.call("connect_account", platform=form.text("platform"), features=features, joins_import=joins)
    return Done("A sign-in waits for you. Open it below.", visit.path)


def has_unnamed(accounts: Sequence[Mapping[str, Any]]) -> bool:
    """Whether something was imported of which nobody has said whose account it is of."""
    return any(
        each["authType"] == AuthType.FILE and each["displayName"] == Platform(each["platform"]).label
        for each in accounts
    )


def check(visit: Visit, form: Form) -> Done:
    """Send a message from an account to itself, and say what its own server makes of it."""
    pause = Event()
    result = check_mail(
        visit.onelane.toolbox.services,
        form.text("id"),
        chance=secrets.token_hex(16),
        wait=lambda: pause.wait(_LOOK_EVERY_SECONDS),
    )
    return Done(" ".join(result.text().splitlines()), visit.path)


def pause(visit: Visit, form: Form) -> Done:
    """Let nothing go out of one account."""
    account = visit.call("pause_account", account_id=form.text("id"))
    return Done(f"Nothing goes out of {account['displayName']}.", visit.path)


def resume(visit: Visit, form: Form) -> Done:
    """Let one account go on."""
    resume_account(visit.onelane.toolbox.services, form.text("id"))
    return Done("It goes on.", visit.path)


def limit(visit: Visit, form: Form) -> Done:
    """Change how much may go out of an account, and under whose name."""
    try:
        change_account(
            visit.onelane.toolbox.services,
            form.text("id"),
            limits={to_snake(name): _number(form, name, label) for name, label in LIMITS.items()},
            sender_name=form.text("sender_name")[:200],
            signature=None,
        )
    except BadRequest as error:
        raise BadRequest(_as_labelled(error.message)) from error
    return Done("Saved.", visit.path)


def _as_labelled(message: str) -> str:
    """A refusal with the names of limits as they stand beside their fields."""
    for name, label in LIMITS.items():
        message = message.replace(f"{to_snake(name).replace('_', '-')} must", f"“{label}” must")
    return message


def _server(form: Form, kind: str) -> ServerWishes:
    security = form.text(f"{kind}_security")
    if security and security not in set(Security):
        raise BadRequest("Choose how the connection is protected from the list. Nothing was changed.")
    port = _number(form, f"{kind}_port", "Port")
    return ServerWishes(form.text(f"{kind}_host") or None, port, Security(security) if security else None)


def _number(form: Form, name: str, label: str) -> int | None:
    number = whole_number(form.text(name))
    if number is None and form.text(name):
        raise BadRequest(f"“{label}” takes a whole number, 0 or more. Nothing was changed.")
    return number
