"""What X answers now and then, and no document says; a cap that holds whatever pages and prices are."""

import json
import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onelane.server.cli.doubles.double_server import DoubleAnswer, DoubleRequest, Fault
from onelane.server.cli.doubles.x_entries import user
from onelane.storage.database.engine import Database
from onelane.storage.platforms.accounts import AuthType, Platform, ensure_account
from onelane.storage.workflows.runs import RunStatus
from onelane.tools.platforms.online.grants import Grant, keep_grant
from onelane.tools.platforms.x.prices import x_prices
from onelane.tools.registry.gate.vault import Vault
from onelane.tools.sync.sync_types import SyncSubType
from tests.databases import Clock
from tests.proof import FULL
from tests.tools.sync.online.x_world import XWorld, people_of, posts_of, result_of

pytestmark = pytest.mark.xdist_group("odd x")

CONTACTS, TWEETS, MENTIONS = SyncSubType.X_CONTACTS, SyncSubType.X_TWEETS, SyncSubType.X_MENTIONS
FOLLOWERS = "GET /2/users/{user_id}/followers"


@pytest.fixture
def world(sqlite_database: Database, clock: Clock) -> XWorld:
    return XWorld(sqlite_database, clock)


def change(world: XWorld, route: str, changed: Callable[[DoubleAnswer], DoubleAnswer]) -> None:
    """Let X answer otherwise from now on."""
    asked = world.double.routes[route]

    def answer(request: DoubleRequest, **parts: str) -> DoubleAnswer:
        return changed(asked(request, **parts))

    world.double.routes = {**world.double.routes, route: answer}


def test_ids_that_come_as_numbers_above_what_a_float_holds_stay_as_they_are(world: XWorld) -> None:
    odd = {"2001": 9_007_199_254_740_993, "2002": 2**64 + 1, "2003": "0007"}
    world.x.followers += people_of(world.x, range(2001, 2004))

    def with_numbers(answer: DoubleAnswer) -> DoubleAnswer:
        data = [{**each, "id": odd[each["id"]]} for each in answer.body["data"]]
        return DoubleAnswer(200, json.dumps({**answer.body, "data": data}).encode(), answer.headers)

    change(world, FOLLOWERS, with_numbers)
    assert [result_of(world.sync(CONTACTS, full=full))["added"] for full in (False, True)] == [3, 0]
    ids = {each for (each,) in world.rows("SELECT platform_user_id FROM contact_identities")}
    assert ids == {"9007199254740993", "18446744073709551617", "0007"}


def test_odd_people_come_in_as_text_and_again_change_nothing(world: XWorld) -> None:
    names = ["N" * 4000, "nul\0inside", "half \ud83d", "\u202egnirts", "<script>", "", "'; DROP TABLE x"]
    for number, name in enumerate(names, 2000):
        world.x.people[str(number)] = user(str(number), f"h{number}\0", name, description=name)
        world.x.followers.append(str(number))
    # As X would send it: a lone half is written as an escape.
    change(world, FOLLOWERS, lambda answer: DoubleAnswer(200, json.dumps(answer.body).encode(), answer.headers))
    first, again = (result_of(world.sync(CONTACTS, full=full)) for full in (False, True))
    assert (first["added"], again["added"], again["updated"]) == (len(names), 0, 0)


def test_pages_that_overlap_give_each_person_once_and_pay_for_them_once(world: XWorld) -> None:
    world.x.page_size = 4
    world.x.followers += people_of(world.x, range(2000, 2010))
    seen: list[object] = []

    def overlapping(answer: DoubleAnswer) -> DoubleAnswer:
        data = [*seen[-1:], *answer.body["data"]]
        seen.extend(answer.body["data"])
        return DoubleAnswer(200, {**answer.body, "data": data}, answer.headers)

    change(world, FOLLOWERS, overlapping)
    result = result_of(world.sync(CONTACTS))
    assert (result["added"], result["usd"], world.x.billed["follower"]) == (10, 0.1, 10)


def test_a_first_page_whose_answer_was_lost_holds_up_none_of_the_month_s_money(world: XWorld) -> None:
    # A page of a thousand may cost all of it, and is asked for again minutes later.
    world.cap_usd = 10
    world.x.followers += people_of(world.x, range(2000, 2003))
    world.double.faults = dict.fromkeys(range(1, 5), Fault.UNAVAILABLE)
    assert world.sync(CONTACTS).status is RunStatus.FAILED
    world.clock.advance(minutes=3)
    answer = result_of(world.sync(CONTACTS))
    assert (answer["added"], answer["left"], answer["usd"]) == (3, [], 0.03)


def test_a_fault_about_something_that_was_not_asked_for_makes_nobody_inactive(world: XWorld) -> None:
    world.x.followers += people_of(world.x, range(2001, 2003))
    world.sync(CONTACTS)
    problem = {"value": "2002", "type": "https://api.x.com/2/problems/resource-not-found", "title": "Not Found Error"}
    change(world, "GET /2/users", lambda answer: DoubleAnswer(200, {**answer.body, "errors": [problem]}))
    world.sync(SyncSubType.X_ENRICH, contact_ids=(world.identity("2001").contact_id,))
    assert world.identity("2002").is_active
    world.sync(SyncSubType.X_ENRICH, contact_ids=(world.identity("2002").contact_id,))
    assert not world.identity("2002").is_active


def test_an_empty_page_in_the_middle_is_not_the_end(world: XWorld) -> None:
    world.x.page_size = 4
    world.x.followers += people_of(world.x, range(2000, 2010))
    change(world, FOLLOWERS, _without_data_on_page_two())
    answer = result_of(world.sync(CONTACTS))
    assert (answer["added"], answer["left"]) == (6, [])


def _without_data_on_page_two() -> Callable[[DoubleAnswer], DoubleAnswer]:
    pages = count(1)

    def answered(answer: DoubleAnswer) -> DoubleAnswer:
        body: object = {**answer.body, "data": list[object]()} if next(pages) == 2 else answer.body
        return DoubleAnswer(200, body, answer.headers)

    return answered


def test_headers_of_limits_that_make_no_sense_stop_nothing(world: XWorld) -> None:
    world.x.page_size = 2
    world.x.followers += people_of(world.x, range(2000, 2010))
    far = {"x-rate-limit-limit": "0", "x-rate-limit-remaining": "9.0", "x-rate-limit-reset": "9" * 12}
    odd = iter([{"x-rate-limit-remaining": "-1"}, {"x-rate-limit-reset": "soon"}, {"date": "yesterday"}, far])
    change(
        world,
        FOLLOWERS,
        lambda answer: DoubleAnswer(200, answer.body, {**answer.headers, **next(odd, dict[str, str]())}),
    )
    run = world.sync(CONTACTS)
    assert (run.status, result_of(run)["added"]) == (RunStatus.COMPLETED, 10)


@pytest.fixture(scope="module")
def many(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database for all examples, which have an account each."""
    file = shutil.copy(migrated_sqlite, tmp_path_factory.mktemp("cap") / "onelane.db")
    database = Database(f"sqlite:///{file}", clock=Clock())
    yield database
    database.close()


NUMBERS = count(1)


def own_world(database: Database, *, cap_usd: float, is_owned: bool) -> XWorld:
    """A world whose account nobody had before."""
    clock = Clock()
    world = XWorld(database, clock, cap_usd=cap_usd)
    with database.write() as session:
        account = ensure_account(
            session,
            platform=Platform.X,
            display_name="@me_owner",
            auth_type=AuthType.OAUTH,
            account_key=f"9{next(NUMBERS):06}",
        )
        keep_grant(Vault(lambda: b"k" * 32), account, Grant("token", is_owned=is_owned))
        session.add(account)
        world.account_id = account.id
    return world


@settings(max_examples=60 if FULL else 3)
@given(
    page=st.integers(1, 40),
    people=st.integers(0, 60),
    posts=st.integers(0, 60),
    cents=st.integers(0, 60),
    is_owned=st.booleans(),
    max_pages=st.one_of(st.none(), st.integers(1, 4)),
)
def test_no_sync_passes_the_cap_by_x_s_own_bill(
    many: Database, page: int, people: int, posts: int, cents: int, *, is_owned: bool, max_pages: int | None
) -> None:
    world = own_world(many, cap_usd=cents / 100, is_owned=is_owned)
    world.x.page_size = page
    world.x.followers += people_of(world.x, range(2000, 2000 + people))
    world.x.posts += posts_of(world.clock, range(5000, 5000 + posts))
    for sub_type in (CONTACTS, TWEETS, MENTIONS, CONTACTS):
        run = world.sync(sub_type, max_pages=max_pages)
        assert run.status is RunStatus.COMPLETED, run.status_reason
    prices = x_prices(is_owned=is_owned).micro_usd.items()
    billed = sum(price * world.x.billed.get(name, 0) for name, price in prices)
    assert billed <= cents * 10_000
    spent = f"SELECT spent_micro_usd FROM platform_spending WHERE platform_account_id = '{world.account_id}'"
    assert sum(each for (each,) in world.rows(spent)) == billed
