"""`onelane accounts connect x|gmail|linkedin`: signing in with a browser (docs/platforms.md, "Signing in")."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from onelane.server.cli.output import note
from onelane.server.cli.person_door import PersonDoor, said
from onelane.server.cli.results import AsJson, put_result
from onelane.server.cli.secret_input import read_secret
from onelane.server.cli.workspace import workspace
from onelane.storage.platforms.accounts import Account, Platform
from onelane.tools.platforms.online.sign_in.features import Feature, chosen_features
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import BadRequest
from onelane.tools.sync.account_views import read_account

if TYPE_CHECKING:
    from onelane.tools.platforms.online.sign_in.signing_in import SignIn, Wishes

Names = Annotated[list[str] | None, typer.Option("--feature", help="What for; again for more. By default contacts.")]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Only show the address.")]
Paste = Annotated[bool, typer.Option("--paste", help="Read the address that the browser ends at from stdin.")]
Timeout = Annotated[int, typer.Option(min=1, max=3600, help="Seconds to wait for the browser.")]
Owned = Annotated[bool, typer.Option("--owned", help="The developer app is this account's own, so reading is cheaper.")]
Token = Annotated[str | None, typer.Option("--token", metavar="-", help="- reads a token of LinkedIn's own generator.")]


def add_to(connect: typer.Typer) -> None:
    """Give the group its commands."""
    connect.command("x")(connect_x)
    connect.command("gmail")(connect_gmail)
    connect.command("linkedin")(connect_linkedin)


def connect_x(
    feature: Names = None,
    no_browser: NoBrowser = False,
    owned: Owned = False,
    paste: Paste = False,
    timeout: Timeout = 300,
    as_json: AsJson = False,
) -> None:
    """Sign in at X, for people and posts (contacts), posting (post) or direct messages (dm).

    Needs ONELANE_X_CLIENT_ID: an application of your own in X's developer console.
    """
    _connect(Platform.X, feature, no_browser=no_browser, owned=owned, paste=paste, timeout=timeout, as_json=as_json)


def connect_gmail(
    feature: Names = None,
    no_browser: NoBrowser = False,
    paste: Paste = False,
    timeout: Timeout = 300,
    as_json: AsJson = False,
) -> None:
    """Sign in at Google, for people (contacts), who wrote when (mail), searching mail (search) or sending (send).

    Needs ONELANE_GOOGLE_CLIENT_ID and ONELANE_GOOGLE_CLIENT_SECRET: a desktop application of your own at Google.
    """
    _connect(Platform.GMAIL, feature, no_browser=no_browser, paste=paste, timeout=timeout, as_json=as_json)


def connect_linkedin(
    feature: Names = None,
    no_browser: NoBrowser = False,
    paste: Paste = False,
    token: Token = None,
    timeout: Timeout = 300,
    as_json: AsJson = False,
) -> None:
    """Sign in at LinkedIn, for connections (contacts), who you are (profile) or posting (post).

    Needs ONELANE_LINKEDIN_CLIENT_ID and ONELANE_LINKEDIN_CLIENT_SECRET, or --token - with a token of its generator.
    """
    if token is None:
        _connect(Platform.LINKEDIN, feature, no_browser=no_browser, paste=paste, timeout=timeout, as_json=as_json)
        return
    if token != "-":
        raise typer.BadParameter("takes only -, which reads the token from stdin: others can read what is typed.")
    _keep_token(Platform.LINKEDIN, feature or (), as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Typed:
    """What was typed."""

    features: frozenset[Feature]
    is_shown: bool
    is_pasted: bool
    is_owned: bool
    timeout_seconds: int


def _connect(
    platform: Platform,
    names: Sequence[str] | None,
    *,
    no_browser: bool,
    paste: bool,
    timeout: int,
    as_json: bool,
    owned: bool = False,
) -> None:
    from onelane.tools.platforms.online.sign_in.signing_in import complete_sign_in

    typed = _Typed(_features(platform, names or ()), not no_browser and not paste, paste, owned, timeout)
    with workspace() as onelane:
        services = onelane.toolbox.services
        # Before the sign-in: a code is good for half a minute only.
        wishes = _wishes(PersonDoor(onelane), platform, typed)
        sign_in, code = (_pasted if typed.is_pasted else _listened)(services, platform, typed)
        account = complete_sign_in(services, sign_in, code, wishes)
        _put(services, account, typed.features, as_json=as_json)


def _listened(services: Services, platform: Platform, typed: _Typed) -> "tuple[SignIn, str]":
    """Wait for the browser; it is listened for before the address is shown."""
    from onelane.tools.platforms.online.providers import provider_of
    from onelane.tools.platforms.online.sign_in.listener import listening
    from onelane.tools.platforms.online.sign_in.signing_in import begin_sign_in

    settings = services.online.settings
    provider = provider_of(settings, platform)
    with listening(settings.oauth_redirect_url, takes_any_port=provider.takes_any_port) as listener:
        sign_in = begin_sign_in(
            services, platform, typed.features, listener.redirect_url, timeout_seconds=typed.timeout_seconds
        )
        listener.expect(sign_in.code_in)
        _show(sign_in.url)
        if not (typed.is_shown and _opens_browser(sign_in.url)) and sys.stderr.isatty():
            note("Open this address in a browser on this machine and sign in. On another machine use --paste.")
        return sign_in, listener.wait(typed.timeout_seconds)


def _pasted(services: Services, platform: Platform, typed: _Typed) -> "tuple[SignIn, str]":
    """Take the address at which the browser ended, wherever it runs."""
    from onelane.tools.platforms.online.sign_in.redirect import query_of
    from onelane.tools.platforms.online.sign_in.signing_in import begin_sign_in

    redirect_url = services.online.settings.oauth_redirect_url
    sign_in = begin_sign_in(services, platform, typed.features, redirect_url, timeout_seconds=typed.timeout_seconds)
    _show(sign_in.url)
    if sys.stderr.isatty():
        note("Open this address in any browser and sign in. It ends at a page that does not load; copy its address.")
    pasted = read_secret(
        "Address of that page: ", from_stdin=not sys.stdin.isatty(), otherwise="Nobody can be asked for it here."
    )
    return sign_in, sign_in.code_in(query_of(pasted))


def _keep_token(platform: Platform, names: Sequence[str], *, as_json: bool) -> None:
    from onelane.tools.platforms.online.sign_in.signing_in import connect_token

    features = _features(platform, names)
    with workspace() as onelane:
        token = read_secret("Token: ", from_stdin=not sys.stdin.isatty(), otherwise="Nobody can be asked for it here.")
        services = onelane.toolbox.services
        _put(services, connect_token(services, platform, token.strip(), features), features, as_json=as_json)


def _wishes(door: PersonDoor, platform: Platform, typed: _Typed) -> "Wishes":
    from onelane.tools.platforms.online.sign_in.connecting import joinable_import
    from onelane.tools.platforms.online.sign_in.signing_in import Wishes

    if not door.is_at_terminal:
        return Wishes(is_owned=typed.is_owned or None)
    is_owned: bool | None = typed.is_owned or None
    if platform is Platform.X and is_owned is None:
        is_owned = _agrees(
            "Does the developer app at X belong to the very account that signs in? Reading is cheaper then."
        )
    with door.services.database.read() as session:
        has_import = joinable_import(session, platform) is not None
    question = f"What was imported from files of {platform.label} names no account. Is it of this account?"
    return Wishes(is_owned, joins_import=has_import and bool(_agrees(question)))


def _agrees(question: str) -> bool | None:
    return {"y": True, "yes": True, "n": False, "no": False}.get(said(f"{question} [y/n] "))


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
    refused = sorted(features.difference(map(Feature, view.features)))
    if refused:
        names = ", ".join(refused)
        note(f"{account.platform.label} did not grant {names}. To have it, connect again and tick every box.")
    put_result(view, as_json=as_json)
    if Feature.CONTACTS in view.features and not as_json:
        note(f"Next: onelane sync {account.platform}_contacts --account {account.id}")
