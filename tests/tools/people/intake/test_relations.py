"""Who follows an account: noted by pass, so that only a whole pass takes it away from whom it did not show."""

from collections.abc import Sequence
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from onelane.storage.database.rows import table_of
from onelane.storage.people.account_relations import AccountRelation
from onelane.storage.people.identities import Identity
from onelane.storage.platforms.accounts import Account, Platform, find_account
from onelane.tools.people.intake.relations import ListedRelation, end_relations
from onelane.tools.platforms.formats.records import Owner, PersonRecord, Relation
from tests.tools.people.intake.takings import Taking, counts, x

ME = Owner(platform_user_id="12")
OTHER = Owner(platform_user_id="13")
FOLLOWER: tuple[Relation, ...] = ("follower",)
FOLLOWING: tuple[Relation, ...] = ("following",)
MUTUAL: tuple[Relation, ...] = ("follower", "following", "mutual")


def listed(numbers: Sequence[int], relations: tuple[Relation, ...], seen_in: str | None) -> list[PersonRecord]:
    """Users as one page of a list shows them; `seen_in` where the whole list is read."""
    return [
        x(f"{2000 + number}", f"user_{number}", f"User {number}", is_live=True, relations=relations, seen_in=seen_in)
        for number in numbers
    ]


def end(taking: Taking, relation: ListedRelation, seen_in: str, owner: Owner = ME) -> int:
    with taking.database.write() as session:
        account = find_account(session, Platform.X, owner.platform_user_id or "")
        assert isinstance(account, Account)
        return end_relations(session, account, relation, seen_in=seen_in)


def relations(taking: Taking) -> dict[str, Any]:
    rows = taking.rows(Identity)
    return {row["platform_user_id"]: orjson.loads(row["platform_data"]).get("relations") for row in rows}


def test_a_whole_pass_takes_the_relation_from_whom_it_did_not_show(taking: Taking) -> None:
    for page in ([1, 2], [3]):
        taking.take(*listed(page, FOLLOWER, "1"), owner=ME)
    assert end(taking, "follower", "1") == 0
    taking.take(*listed([1, 3], FOLLOWER, "2"), owner=ME)
    assert end(taking, "follower", "2") == 1
    assert relations(taking) == {"2001": ["follower"], "2002": [], "2003": ["follower"]}
    assert len(taking.contacts()) == 3
    assert end(taking, "follower", "2") == 0


def test_who_is_in_both_lists_is_mutual_until_one_ends(taking: Taking) -> None:
    taking.take(*listed([1], FOLLOWING, "1"), owner=ME)
    taking.take(*listed([1], FOLLOWER, "1"), owner=ME)
    assert relations(taking) == {"2001": ["follower", "following", "mutual"]}
    assert end(taking, "follower", "2") == 1
    assert relations(taking) == {"2001": ["following"]}


def test_what_was_seen_in_a_pass_that_began_anew_or_on_a_first_page_alone_does_not_count(taking: Taking) -> None:
    taking.take(*listed([1, 2], FOLLOWER, "1"), owner=ME)
    end(taking, "follower", "1")
    taking.take(*listed([2], FOLLOWER, "2"), owner=ME)
    taking.take(*listed([2], FOLLOWER, None), owner=ME)
    taking.take(*listed([1], FOLLOWER, "3"), owner=ME)
    assert end(taking, "follower", "3") == 1
    assert relations(taking) == {"2001": ["follower"], "2002": []}


def test_a_follower_of_another_own_account_stays_one(taking: Taking) -> None:
    taking.take(*listed([1, 2], FOLLOWER, "1"), owner=ME)
    taking.take(*listed([2], FOLLOWER, "1"), owner=OTHER)
    assert end(taking, "follower", "2") == 1
    assert relations(taking) == {"2001": [], "2002": ["follower"]}
    assert end(taking, "follower", "2", OTHER) == 1
    assert relations(taking) == {"2001": [], "2002": []}


@pytest.mark.parametrize("is_listed", [True, False])
def test_who_follows_by_a_file_alone_is_no_follower_after_a_whole_pass(taking: Taking, is_listed: bool) -> None:
    old = [x("2001", relations=MUTUAL), x("2002", relations=FOLLOWER)]
    taking.take(*old, owner=ME)
    if not is_listed:  # as files were read before lists were kept
        with taking.database.write() as session:
            session.sql(sa.delete(table_of(AccountRelation)))
    taking.take(*listed([1], FOLLOWER, "1"), owner=ME)
    assert end(taking, "follower", "1") == 1
    assert relations(taking) == {"2001": ["follower", "following", "mutual"], "2002": []}


def test_an_older_file_does_not_bring_back_a_relation_that_is_over_but_the_platform_does(taking: Taking) -> None:
    file = x("2001", "user_1", "User 1", relations=MUTUAL)
    taking.take(file, owner=ME)
    end(taking, "follower", "1")
    taking.take(file, owner=ME)
    assert relations(taking) == {"2001": ["following"]}
    assert counts(taking.take(file, owner=ME)) == (0, 0, 1, 0, 0)
    taking.take(*listed([1], FOLLOWER, None), owner=ME)
    assert relations(taking) == {"2001": ["follower", "following", "mutual"]}


def test_a_pass_that_shows_everybody_again_writes_no_contact_and_no_identity(taking: Taking) -> None:
    taking.take(*listed(range(9), FOLLOWER, "1"), owner=ME)
    before = taking.contacts(), taking.rows(Identity)
    assert counts(taking.take(*listed(range(9), FOLLOWER, "2"), owner=ME)) == (0, 0, 9, 0, 0)
    assert end(taking, "follower", "2") == 0
    assert (taking.contacts(), taking.rows(Identity)) == before
    with taking.database.read() as session:
        assert set(session.sql(sa.select(table_of(AccountRelation).c.seen_in)).scalars()) == {"2"}


def test_the_owner_among_the_followers_is_left_out(taking: Taking) -> None:
    me = x("12", "me_owner", "Me", is_live=True, relations=FOLLOWER, seen_in="1")
    outcome = taking.take(me, *listed([1], FOLLOWER, "1"), owner=ME)
    assert (counts(outcome), taking.names()) == ((1, 0, 0, 1, 0), ["User 1"])
    assert list(outcome.skips) == ["the owner of the account"]


def test_who_was_known_by_handle_alone_stays_in_the_list_when_the_number_is_told(taking: Taking) -> None:
    taking.take(x(None, "user_1", "User 1", relations=FOLLOWER), owner=ME)
    taking.take(*listed([1], FOLLOWER, "1"), owner=ME)
    assert end(taking, "follower", "1") == 0
    assert relations(taking) == {"2001": ["follower"]}
