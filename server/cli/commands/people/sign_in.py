"""`onelane accounts connect`, where one signs in with a browser (docs/platforms.md, "Signing in")."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from onelane.server.cli.help import examples
from onelane.server.cli.output import note
from onelane.server.cli.person_door import PersonDoor, ask_for_line
from onelane.server.cli.results import AsJson, put_result
from onelane.server.cli.secret_input import read_secret
from onelane.server.cli.workspace import workspace
from onelane.storage.platforms.accounts import Account, Platform
from onelane.tools.outreach.mail.mail_server import Security
from onelane.tools.platforms.online.sign_in.features import Feature, chosen_features
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.short_ids import full_id
from onelane.tools.sync.account_views import read_account

if TYPE_CHECKING:
    from onelane.tools.platforms.online.sign_in.platform_sign_in import Wishes
    from onelane.tools.platforms.online.sign_in.signing_in import Purpose, SignIn

Names = Annotated[list[str] | None, typer.Option("--feature", help="What for; again for more. By default contacts.")]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Only show the address.")]
Paste = Annotated[bool, typer.Option("--paste", help="Read the address that the browser ends at from stdin.")]
Again = Annotated[str | None, typer.Option("--account", help="The account that signs in again; keeps what it was for.")]
Timeout = Annotated[int, typer.Option(min=1, max=3600, help="Seconds to wait for the browser.")]
Owned = Annotated[bool, typer.Option("--owned", help="The developer app is this account's own, so reading is cheaper.")]
Token = Annotated[str | None, typer.Option("--token", metavar="-", help="- reads a token of LinkedIn's own generator.")]

_PASTE_TRIES = 3


def add_to(connect: typer.Typer) -> None:
    """Give the group its commands."""
    connect.command("x")(connect_x)
    connect.command("gmail")(connect_gmail)
    connect.command("linkedin")(connect_linkedin)
    connect.command("microsoft")(connect_microsoft)


@examples("onelane accounts connect x", "onelane accounts connect x --feature contacts --feature post")
def connect_x(
    feature: Names = None,
    no_browser: NoBrowser = False,
    owned: Owned = False,
    paste: Paste = False,
    timeout: Timeout = 300,
    account: Again = None,
    as_json: AsJson = False,
) -> None:
    """Sign in at X, for people and posts (contacts), posting (post) or direct messages (dm).

    Needs ONELANE_X_CLIENT_ID: an application of your own in X's developer console.
    """
    way = _way(no_browser=no_browser, paste=paste, timeout=timeout)
    _connect(Platform.X, feature, way, account, owned=owned, as_json=as_json)


@examples(
    "onelane accounts connect gmail",
    "onelane accounts connect gmail --feature send",
    "onelane accounts connect gmail --paste",
)
def connect_gmail(
    feature: Names = None,
    no_browser: NoBrowser = False,
    paste: Paste = False,
    timeout: Timeout = 300,
    account: Again = None,
    as_json: AsJson = False,
) -> None:
    """Sign in at Google, for people (contacts, others), who wrote when (mail), searching (search) or sending (send).

    Needs ONELANE_GOOGLE_CLIENT_ID and ONELANE_GOOGLE_CLIENT_SECRET: a desktop application of your own at Google.
    """
    way = _way(no_browser=no_browser, paste=paste, timeout=timeout)
    _connect(Platform.GMAIL, feature, way, account, as_json=as_json)


@examples("onelane accounts connect linkedin", "onelane accounts connect linkedin --token - < token.txt")
def connect_linkedin(
    feature: Names = None,
    no_browser: NoBrowser = False,
    paste: Paste = False,
    token: Token = None,
    timeout: Timeout = 300,
    account: Again = None,
    as_json: AsJson = False,
) -> None:
    """Sign in at LinkedIn, for connections (contacts), who you are (profile) or posting (post).

    Needs ONELANE_LINKEDIN_CLIENT_ID and ONELANE_LINKEDIN_CLIENT_SECRET, or --token - with a token of its generator.
    """
    if token is None:
        way = _way(no_browser=no_browser, paste=paste, timeout=timeout)
        _connect(Platform.LINKEDIN, feature, way, account, as_json=as_json)
        return
    if token != "-":
        raise typer.BadParameter("takes only -, which reads the token from stdin: others can read what is typed.")
    _keep_token(Platform.LINKEDIN, feature or (), as_json=as_json)


@examples("onelane accounts connect microsoft", "onelane accounts connect microsoft --address team@example.com")
def connect_microsoft(
    address: Annotated[str | None, typer.Option(help="The mailbox, where it is not that of whoever signs in.")] = None,
    name: Annotated[str | None, typer.Option(help="Your name, as letters show it.")] = None,
    host: Annotated[str | None, typer.Option(help="The server that sends; Microsoft's own by default.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535)] = None,
    security: Annotated[Security | None, typer.Option(help="none is for this machine only.")] = None,
    imap_host: Annotated[str | None, typer.Option(help="The server that shows answers.")] = None,
    imap_port: Annotated[int | None, typer.Option(min=1, max=65535)] = None,
    imap_security: Annotated[Security | None, typer.Option(help="As --security.")] = None,
    no_browser: NoBrowser = False,
    paste: Paste = False,
    timeout: Timeout = 300,
    as_json: AsJson = False,
) -> None:
    """Sign a mailbox in at Microsoft (Outlook.com, Microsoft 365): it sends letters, and is read for answers.

    Needs ONELANE_MICROSOFT_CLIENT_ID: a public client of your own at Microsoft.
    """
    from onelane.tools.outreach.mail.mail_accounts import ServerWishes
    from onelane.tools.outreach.mail.sign_in.microsoft import MailboxSignIn

    smtp, imap = ServerWishes(host, port, security), ServerWishes(imap_host, imap_port, imap_security)
    way = _way(no_browser=no_browser, paste=paste, timeout=timeout)
    with workspace() as onelane:
        services = onelane.toolbox.services
        account = _sign_in(services, MailboxSignIn(address, name, smtp, imap), way)
        put_result(read_account(services, account.id), as_json=as_json)
        if not as_json:
            note(f"Next: onelane accounts check {account.id}")


@dataclass(frozen=True, slots=True)
class _Way:
    """How the person signs in."""

    is_shown: bool
    is_pasted: bool
    timeout_seconds: int


def _way(*, no_browser: bool, paste: bool, timeout: int) -> _Way:
    return _Way(is_shown=not no_browser and not paste, is_pasted=paste, timeout_seconds=timeout)


def _connect(
    platform: Platform,
    names: Sequence[str] | None,
    way: _Way,
    account: str | None,
    *,
    as_json: bool,
    owned: bool = False,
) -> None:
    from onelane.tools.platforms.online.sign_in.platform_sign_in import PlatformSignIn

    features = _features(platform, names or ())
    with workspace() as onelane:
        services = onelane.toolbox.services
        # Before the sign-in: a code is good for half a minute only.
        wishes = _wishes(PersonDoor(onelane), platform, owned=owned)
        account_id = None if account is None else full_id(onelane.database, account)
        signed_account = _sign_in(services, PlatformSignIn(platform, features, wishes, account_id), way)
        _put(services, signed_account, features, as_json=as_json)


def _sign_in(services: Services, purpose: "Purpose", way: _Way) -> Account:
    from onelane.tools.platforms.online.sign_in.signing_in import complete_sign_in

    sign_in, code = (_code_by_paste if way.is_pasted else _code_by_listener)(services, purpose, way)
    return complete_sign_in(services, sign_in, code)


def _code_by_listener(services: Services, purpose: "Purpose", way: _Way) -> "tuple[SignIn, str]":
    """Wait for the browser; it is listened for before the address is shown."""
    from onelane.tools.platforms.online.sign_in.listener import listening
    from onelane.tools.platforms.online.sign_in.signing_in import begin_sign_in

    redirect_url, provider = services.online.settings.oauth_redirect_url, purpose.provider(services)
    with listening(redirect_url, takes_any_port=provider.takes_any_port) as listener:
        sign_in = begin_sign_in(services, purpose, listener.redirect_url, timeout_seconds=way.timeout_seconds)
        listener.expect(sign_in.code_in)
        _show(sign_in.url)
        if not (way.is_shown and _opens_browser(sign_in.url)) and sys.stderr.isatty():
            note("Open this address in a browser on this machine and sign in. On another machine use --paste.")
        return sign_in, listener.wait(way.timeout_seconds)


def _code_by_paste(services: Services, purpose: "Purpose", way: _Way) -> "tuple[SignIn, str]":
    """Take the address at which the browser ended, wherever it runs."""
    from onelane.tools.platforms.online.sign_in.signing_in import begin_sign_in

    redirect_url = services.online.settings.oauth_redirect_url
    sign_in = begin_sign_in(services, purpose, redirect_url, timeout_seconds=way.timeout_seconds)
    _show(sign_in.url)
    if sys.stderr.isatty():
        note("Open this address in any browser and sign in. It ends at a page that does not load; copy its address.")
    return sign_in, _pasted_code(sign_in)


def _pasted_code(sign_in: "SignIn") -> str:
    """The code in what is pasted; who sits at a terminal may try again, for the sign-in is still the same."""
    from onelane.tools.platforms.online.sign_in.redirect import NotOurs

    is_piped = not sys.stdin.isatty()
    for tries_left in reversed(range(1 if is_piped else _PASTE_TRIES)):
        text = _piped_line() if is_piped else read_secret("Address of that page: ", from_stdin=False, otherwise="")
        try:
            return sign_in.pasted_code(text)
        except NotOurs as error:
            if not tries_left:
                over = "This sign-in is over now; type the command again for a new address."
                raise NotOurs(f"{error.message} {over}") from error
            note(error.message)
    raise AssertionError


def _piped_line() -> str:
    return next((line for line in sys.stdin if line.strip()), "")


def _keep_token(platform: Platform, names: Sequence[str], *, as_json: bool) -> None:
    from onelane.tools.platforms.online.sign_in.platform_sign_in import connect_token

    features = _features(platform, names)
    with workspace() as onelane:
        token = read_secret("Token: ", from_stdin=not sys.stdin.isatty(), otherwise="Nobody can be asked for it here.")
        services = onelane.toolbox.services
        _put(services, connect_token(services, platform, token.strip(), features), features, as_json=as_json)


def _wishes(door: PersonDoor, platform: Platform, *, owned: bool) -> "Wishes":
    from onelane.tools.platforms.online.sign_in.connecting import joinable_import
    from onelane.tools.platforms.online.sign_in.platform_sign_in import Wishes

    if not door.is_at_terminal:
        return Wishes(is_owned=owned or None)
    is_owned: bool | None = owned or None
    if platform is Platform.X and is_owned is None:
        is_owned = _agrees(
            "Does the developer app at X belong to the very account that signs in? Reading is cheaper then."
        )
    with door.services.database.read() as session:
        has_import = joinable_import(session, platform) is not None
    question = f"What was imported from files of {platform.label} names no account. Is it of this account?"
    return Wishes(is_owned, joins_import=has_import and bool(_agrees(question)))


def _agrees(question: str) -> bool | None:
    return {"y": True, "yes": True, "n": False, "no": False}.get(ask_for_line(f"{question} [y/n] "))


def _features(platform: Platform, names: Sequence[str]) -> frozenset[Feature]:
    try:
        return chosen_features(platform, names)
    except BadRequest as error:
        raise typer.BadParameter(error.message, param_hint="--feature") from error


def _show(address: str) -> None:
    """Alone on its line, so that a program finds it and a person copies it whole."""
    sys.stderr.write(f"{address}\n")
    sys.stderr.flush()


def _opens_browser(address: str) -> bool:
    """Whether a browser with a window was opened; one in the terminal would take it away."""
    has_screen = sys.platform in ("win32", "darwin") or bool({"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys())
    if not has_screen:
        return False
    import webbrowser

    return webbrowser.open(address)


def _put(services: Services, account: Account, features: frozenset[Feature], *, as_json: bool) -> None:
    view = read_account(services, account.id)
    refused_features = sorted(features.difference(map(Feature, view.features)))
    if refused_features:
        names = ", ".join(refused_features)
        note(f"{account.platform.company} did not grant {names}. To have it, connect again and tick every box.")
    put_result(view, as_json=as_json)
    if Feature.CONTACTS in view.features and not as_json:
        note(f"Next: onelane sync {account.platform}_contacts --account {account.id}")
