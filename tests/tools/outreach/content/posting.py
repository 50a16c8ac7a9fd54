"""A workspace whose accounts post at doubles of X and LinkedIn, and put letters among the drafts of one of Gmail."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2
import sqlalchemy as sa

from onelane.server.cli.doubles.double_server import DoubleAnswer, DoubleRequest
from onelane.server.cli.doubles.google import Google
from onelane.server.cli.doubles.linkedin import MEMBER, LinkedIn
from onelane.server.cli.doubles.x import OWNER_ID, X
from onelane.storage.database.engine import Database
from onelane.storage.outreach.outbound import content_actions
from onelane.storage.outreach.outbound.outbound_actions import OutboundAction
from onelane.storage.platforms import content
from onelane.storage.platforms.accounts import Account, AuthType, Platform, ensure_account
from onelane.storage.platforms.content import ContentOrigin, ContentType, Direction
from onelane.storage.workflows.approvals import Door
from onelane.tools.outreach.content import deciding
from onelane.tools.outreach.content.views import ContentView
from onelane.tools.outreach.sending.settling import settle_uncertain
from onelane.tools.outreach.sending.transmission import send_due
from onelane.tools.platforms.online.grants import Grant, keep_grant
from onelane.tools.registry.context import Services
from onelane.tools.registry.gate.vault import Vault
from onelane.tools.registry.ports.online import Online, OnlineSettings
from tests.databases import Clock
from tests.engines import idle_engine
from tests.vendor_documents import Answering, answering_as

X_POSTS = ("tweet.read", "users.read", "tweet.write")
LINKEDIN_POSTS = ("openid", "profile", "w_member_social")
GMAIL_SENDS = tuple(f"https://www.googleapis.com/auth/{name}" for name in ("gmail.send", "gmail.compose"))
LOST = DoubleAnswer(503, b"upstream connect error")
HOSTS = {"api.x.com": "x", "api.linkedin.com": "linkedin", "gmail.googleapis.com": "google"}


@dataclass
class Posting:
    """What a test works with.

    Args:
        database: where everything is
        clock: the time, here and at the platforms
        cap_usd: what a month on X may cost
        through: what stands between Onelane and the platforms
    """

    database: Database
    clock: Clock
    cap_usd: float = 10.0
    x: X = field(default_factory=X)
    linkedin: LinkedIn = field(default_factory=LinkedIn)
    google: Google = field(default_factory=Google)
    through: Callable[[Answering], Answering] = lambda answering: answering

    def __post_init__(self) -> None:
        self.x.clock = self.google.mailbox.now = self.clock
        self.doubles = {
            "x": self.x.double(),
            "linkedin": self.linkedin.double(),
            "google": self.google.double(),
        }

    @property
    def services(self) -> Services:
        """What the whole program has once."""
        transport = httpx2.MockTransport(self.through(self._answering))
        settings = OnlineSettings(x_monthly_usd=self.cap_usd)
        online = Online(settings, lambda: httpx2.Client(transport=transport), pause=lambda seconds: None)
        engine = idle_engine(self.database)
        return Services(self.database, engine, (), vault=Vault(lambda: b"k" * 32), online=online)

    def connect(self, platform: Platform, scopes: Sequence[str], key: str | None = None) -> str:
        """Connect an account; its id."""
        keys = {Platform.X: OWNER_ID, Platform.LINKEDIN: MEMBER, Platform.GMAIL: "me@example.com"}
        with self.database.write() as session:
            account = ensure_account(
                session,
                platform=platform,
                display_name="@me_owner",
                auth_type=AuthType.OAUTH,
                account_key=key or keys[platform],
            )
            keep_grant(Vault(lambda: b"k" * 32), account, Grant("token", scopes=tuple(scopes)))
            session.add(account)
            return account.id

    def draft(self, body: str, kind: ContentType = ContentType.POST, platform: str | None = "x", **more: Any) -> str:
        """Keep a draft; its id."""
        with self.database.write() as session:
            return content.create_item(
                session,
                body=body,
                content_type=kind,
                platform_target=platform,
                origin=ContentOrigin.AUTHORED,
                direction=Direction.OUTBOUND,
                **more,
            ).id

    def show(self, item_id: str, **asked: Any) -> ContentView:
        """A draft as a person sees it."""
        return deciding.show_draft(self.services, item_id, **asked)

    def approve(self, item_id: str, **asked: Any) -> ContentView:
        """Say yes to what is shown."""
        shown = self.show(item_id, **asked)
        assert shown.hash is not None, shown.problem
        return deciding.approve_draft(self.services, item_id, shown.hash, via=Door.CLI, **asked)

    def go(self, **passed: float) -> int:
        """Let time pass, a minute if nothing is said, and send what is due; how much was taken."""
        self.clock.advance(**(passed or {"minutes": 1, "seconds": 1}))
        return send_due(self.database, self.services)

    def settle(self, **passed: float) -> int:
        """Let time pass, and look up what is uncertain; how much was settled."""
        self.clock.advance(**passed)
        return settle_uncertain(self.database, self.services)

    def action(self, item_id: str) -> OutboundAction:
        """The last action of a draft."""
        with self.database.read() as session:
            return content_actions.list_of_item(session, item_id)[0]

    def account(self, account_id: str) -> Account:
        """An account's row."""
        with self.database.read() as session:
            return session.get_one(Account, account_id)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query finds."""
        with self.database.read() as session:
            return [tuple(row) for row in session.sql(sa.text(query))]

    def answers(self, name: str, route: str, answer: DoubleAnswer, *, takes: bool = False) -> None:
        """Let a platform answer so from now on; with `takes` it does what it is asked besides."""
        double = self.doubles[name]
        carried_out = double.routes[route]

        def answering(request: DoubleRequest, **parts: str) -> DoubleAnswer:
            if takes:
                carried_out(request, **parts)
            return answer

        double.routes = {**double.routes, route: answering}

    def heal(self) -> None:
        """Let all platforms answer as they do."""
        self.doubles["x"].routes = self.x.double().routes
        self.doubles["linkedin"].routes = self.linkedin.double().routes
        self.doubles["google"].routes = self.google.double().routes

    def posts(self, name: str = "x") -> int:
        """How many requests wanted to change something at a platform."""
        return sum(each.method == "POST" for each in self.doubles[name].requests)

    def _answering(self, request: httpx2.Request) -> httpx2.Response:
        return answering_as(self.doubles[HOSTS[request.url.host]])(request)
