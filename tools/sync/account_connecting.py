"""Opening a sign-in from a chat or over REST; whoever signs in is the person (docs/platforms.md, "Signing in")."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from onelane.storage.platforms.accounts import Platform
from onelane.tools.registry.context import Context, Services
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.result import Instant, Result, when
from onelane.tools.registry.tool import UNLISTED
from onelane.tools.registry.tool_spec import Effect, tool

if TYPE_CHECKING:
    from onelane.tools.platforms.online.sign_in.signing_in import SignIn

OnlinePlatform = Literal["x", "gmail", "linkedin", "microsoft"]


class OpenedSignIn(Result):
    """A sign-in that waits for the person."""

    authorize_url: str
    """What the person opens."""
    redirect_uri: str
    """Where their browser comes back to."""
    expires_at: Instant

    def text(self) -> str:
        """What the person does, and how one sees that it is done."""
        return (
            f"The person opens this address in a browser on the machine where Onelane runs, and signs in until "
            f"{when(self.expires_at)}:\n{self.authorize_url}\nThen list_accounts shows the account."
        )


@tool(
    effect=Effect.WRITE,
    toolset="sync",
    title="Connect an account",
    route="POST /api/accounts/connect",
    status=201,
    outside=True,
    agents=False,
)
def connect_account(
    ctx: Context,
    platform: OnlinePlatform,
    features: Sequence[str] = (),
    is_owned: Annotated[bool | None, UNLISTED] = None,
    joins_import: Annotated[bool, UNLISTED] = False,
    account_id: Annotated[str | None, UNLISTED] = None,
) -> OpenedSignIn:
    """Let the person sign in to an account or mailbox of theirs.

    Args:
        platform: where
        features: contacts (default), others, mail, search, send, profile, post, dm
        is_owned: whether the developer app at X is the account's own, as the person says; reading is cheaper then
        account_id: the account that signs in again; keeps what it was connected for
        joins_import: whether what was imported without an owner's name is of this account, as the person says
    """
    # Signing in takes libraries that most calls do without.
    from onelane.tools.outreach.mail.sign_in.microsoft import MailboxSignIn
    from onelane.tools.platforms.online.sign_in.features import chosen_features
    from onelane.tools.platforms.online.sign_in.open_sign_in import open_sign_in
    from onelane.tools.platforms.online.sign_in.platform_sign_in import PlatformSignIn, Wishes

    if platform == "microsoft":
        if features:
            raise BadRequest("A mailbox at Microsoft has no features to choose: it sends, and is read.")
        return _sign_in_view(open_sign_in(ctx.services, MailboxSignIn()))
    sign_in_platform = Platform(platform)
    purpose = PlatformSignIn(
        sign_in_platform, chosen_features(sign_in_platform, features), Wishes(is_owned, joins_import), account_id
    )
    return _sign_in_view(open_sign_in(ctx.services, purpose))


def opened_sign_in(services: Services) -> OpenedSignIn | None:
    """The sign-in that was begun last in this process, while the person may still come; None where there is none."""
    if services.online.sign_in.about is None:
        return None
    from onelane.tools.platforms.online.sign_in.open_sign_in import begun_sign_in

    sign_in = begun_sign_in(services)
    is_late = sign_in is None or services.database.clock() > sign_in.expires_at
    return None if sign_in is None or is_late else _sign_in_view(sign_in)


def _sign_in_view(sign_in: "SignIn") -> OpenedSignIn:
    return OpenedSignIn(authorize_url=sign_in.url, redirect_uri=sign_in.redirect_url, expires_at=sign_in.expires_at)
