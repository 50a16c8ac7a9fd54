"""Drafts over HTTP and on their page: the person's key and their session decide, and what is shown is what goes."""

import re
from collections.abc import Iterator

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.platforms.accounts import Platform
from onelane.storage.platforms.content import ContentType
from tests.databases import Clock
from tests.server.dashboard.dashboards import Dashboard, dashboard
from tests.server.houses import KEY
from tests.tools.outreach.content.posting import LOST, X_POSTS, Posting

TEXT = "Ledgers <b>&</b> https://example.com"


@pytest.fixture
def posting(sqlite_database: Database, clock: Clock) -> Posting:
    made = Posting(sqlite_database, clock)
    made.connect(Platform.X, X_POSTS)
    return made


@pytest.fixture
def served(posting: Posting) -> Iterator[Dashboard]:
    services = posting.services
    with dashboard(posting.database, vault=services.vault, online=services.online) as found:
        yield found


def test_the_key_approves_a_draft_as_it_was_shown(served: Dashboard, posting: Posting) -> None:
    draft = posting.draft(TEXT)
    path = f"/api/content/drafts/{draft}"
    shown = served.web.get(path)
    assert (shown["state"], shown["appears"], shown["usd"]) == ("draft", TEXT, 0.2)
    headers = {"x-onelane-person": KEY}
    send = served.web.client.post
    assert send(f"{path}/approve", json={"hash": shown["hash"]}).status_code == 403
    wrong = send(f"{path}/approve", json={"hash": "0" * 64}, headers=headers)
    assert (wrong.status_code, wrong.json()["code"]) == (409, "hash_conflict")
    done = send(f"{path}/approve", json={"hash": shown["hash"]}, headers=headers)
    assert (done.status_code, done.json()["state"], done.json()["approvedVia"]) == (200, "waits", "rest")
    again = send(f"{path}/approve", json={"hash": shown["hash"]}, headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "not_waiting")
    assert send(f"{path}/edit", json={"body": "Other"}, headers=headers).status_code == 409
    assert send(f"{path}/undo", json={}).json()["state"] == "draft"
    edited = send(f"{path}/edit", json={"body": "Other"}, headers=headers).json()
    assert (edited["body"], edited["hash"] == shown["hash"]) == ("Other", False)
    assert send(f"{path}/reject", json={"hash": shown["hash"]}, headers=headers).status_code == 409
    assert send(f"{path}/reject", json={"hash": edited["hash"]}, headers=headers).json()["rejected"] is True
    assert posting.go() == 0


def test_the_page_shows_what_will_appear_approves_it_and_tells_what_became_of_it(
    served: Dashboard, posting: Posting
) -> None:
    draft = posting.draft(TEXT)
    page = f"/dashboard/content/{draft}"
    served.enter()
    text = served.page(page)
    assert "Ledgers &lt;b&gt;&amp;&lt;/b&gt; https://example.com" in text
    assert ">40 of 280<" in text
    shown = re.search(r'name="hash" value="(\w+)"', text)
    assert shown is not None
    changed = served.press(page, "approve", {"hash": "0" * 64})
    assert "says something else than what was shown" in served.shown_after(changed)
    served.press(page, "approve", {"hash": shown[1]})
    assert "Take it back" in served.page(page)
    assert "Post on X" in served.page("/dashboard/outbound")
    served.press(page, "undo", {})
    by_hand = posting.draft("Thanks", ContentType.REPLY)
    assert "it becomes a task of yours" in served.page(f"/dashboard/content/{by_hand}")
    served.press(page, "approve", {"hash": shown[1]})
    posting.answers("x", "POST /2/tweets", LOST, takes=True)
    posting.go()
    assert "Nobody knows whether it went" in served.page(page)
    action = posting.action(draft).id
    served.press(page, "settle", {"said": "sent", "action": action})
    assert ">Posted<" in served.page(page)
    assert "Ledgers" in served.page("/dashboard/content")


def test_no_secret_stands_where_a_post_leaves_traces(served: Dashboard, posting: Posting) -> None:
    from onelane.tools.platforms.online.grants import Grant, keep_grant

    secret = "planted-access-token-0123456789"
    draft = posting.draft("Hello")
    posting.approve(draft)
    with posting.database.write() as session:
        account = posting.account(posting.action(draft).platform_account_id or "")
        keep_grant(posting.services.vault, account, Grant(secret, scopes=X_POSTS))
        session.add(session.merge(account))
    posting.answers("x", "POST /2/tweets", LOST)
    posting.go()
    assert any(each.bearer == secret for each in posting.doubles["x"].requests)
    everything = [str(posting.rows(f"SELECT * FROM {name}")) for name in ("outbound_actions", "platform_accounts")]
    everything += [served.page(f"/dashboard/content/{draft}"), str(served.web.get(f"/api/content/drafts/{draft}"))]
    assert secret not in "".join(everything)
