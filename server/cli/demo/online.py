"""What `onelane demo --online` shows: signing in, what reading costs, syncs, a limit, and going on behind it."""

from collections.abc import Callable
from urllib.parse import urlsplit

from onelane.server.app import Onelane
from onelane.server.cli.demo.filling import CALLER, IMPORT_SECONDS
from onelane.storage.platforms.accounts import Platform
from onelane.tools.registry.result import Result
from onelane.tools.sync.sync_types import SyncSubType

Tell = Callable[[str], None]
_FEATURES = {
    Platform.X: ("contacts", "post"),
    Platform.GMAIL: ("contacts", "mail", "send"),
    Platform.LINKEDIN: ("contacts", "profile", "post"),
}
_DRAFTS = {
    Platform.X: "Ledgers that close by themselves: what we learned in a year of payments. https://example.com/ledgers",
    Platform.LINKEDIN: "We closed our books in one day (again). What helped: small steps, each of them written down.",
}


def show_online(onelane: Onelane, tell: Tell) -> None:
    """Connect the demo's own accounts and let them be read, as a person would.

    Args:
        onelane: its settings lead to the doubles; it carries out the runs
        tell: told what was done, a line at a time
    """
    for platform in (Platform.X, Platform.GMAIL, Platform.LINKEDIN):
        tell(f"{platform.company}: signed in as {_connected(onelane, platform)}.")
    tell(f"What X's followers would cost: {_text(onelane, sub_type=SyncSubType.X_CONTACTS, estimate=True)}")
    for sub_type in (SyncSubType.GMAIL_CONTACTS, SyncSubType.LINKEDIN_CONTACTS, SyncSubType.GMAIL_METADATA):
        tell(f"{sub_type.label}: {_synced(onelane, sub_type)}")
    tell(f"X Contacts, one page only: {_synced(onelane, SyncSubType.X_CONTACTS, max_pages=1)}")
    tell(f"X Contacts, from there on: {_synced(onelane, SyncSubType.X_CONTACTS)}")
    tell(f"Posts: {_drafted(onelane)}")


def _connected(onelane: Onelane, platform: Platform) -> str:
    """Sign in as a person does; that they agree in their browser is played."""
    import httpx2

    from onelane.tools.platforms.online.sign_in.features import chosen_features
    from onelane.tools.platforms.online.sign_in.platform_sign_in import PlatformSignIn, Wishes
    from onelane.tools.platforms.online.sign_in.signing_in import begin_sign_in, complete_sign_in

    services = onelane.toolbox.services
    purpose = PlatformSignIn(platform, chosen_features(platform, _FEATURES[platform]), Wishes(is_owned=True))
    sign_in = begin_sign_in(services, purpose, services.online.settings.oauth_redirect_url)
    with httpx2.Client(follow_redirects=False, trust_env=False) as browser:
        back = browser.get(sign_in.url).headers["location"]
    return complete_sign_in(services, sign_in, sign_in.code_in(urlsplit(back).query)).display_name


def _synced(onelane: Onelane, sub_type: SyncSubType, max_pages: int | None = None) -> str:
    run = onelane.call("start_sync", {"sub_type": sub_type, "max_pages": max_pages}, CALLER)
    run_id = str(run.structured()["id"])
    onelane.toolbox.services.engine.await_end(run_id, IMPORT_SECONDS)
    shown = onelane.call("get_run", {"run_id": run_id}, CALLER).structured()
    return str(shown.get("summary") or shown["status"])


def _drafted(onelane: Onelane) -> str:
    """Keep drafts as a model would, which wait for the person."""
    for platform, body in _DRAFTS.items():
        kept: dict[str, object] = {
            "body": body,
            "platform": platform.value,
            "kind": "post",
            "written_for": "The demo shows how one goes.",
        }
        onelane.call("save_draft", kept, CALLER)
    return (
        "one for X and one for LinkedIn are drafted. Open Content on the dashboard, approve one, and it is posted a "
        "minute later."
    )


def _text(onelane: Onelane, **arguments: object) -> str:
    result: Result = onelane.call("start_sync", arguments, CALLER)
    return result.text()
