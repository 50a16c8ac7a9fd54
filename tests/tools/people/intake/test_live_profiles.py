"""What a platform itself says of a user: the identity follows it, and what a person wrote on the contact stays."""

from typing import Any

import orjson
import pytest

from onelane.storage.people.identities import Identity
from onelane.tools.people import contacts
from onelane.tools.people.contact_views import ContactDetail, SavedContact
from onelane.tools.platforms.formats.records import PersonRecord, PostRecord
from tests.toolbox import Toolbox, toolbox
from tests.tools.people.intake.takings import Taking, counts, google, x


def live(user_id: str, handle: str | None, name: str | None = "Ada Example", **more: Any) -> PersonRecord:
    """What X says of a user."""
    return x(user_id, handle, name, is_live=True, **more)


ADA = live(
    "2001", "ada", bio="Engines.", location="London", avatar_url="https://pbs.example.com/a.jpg", is_verified=False,
    is_protected=False, followers_count=1200, following_count=300, posts_count=900,
)  # fmt: skip
LATER = live(
    "2001", "ada_renamed", "Ada Married", bio="Looms.", location="London", is_verified=True, is_protected=False,
    followers_count=1201, following_count=300, posts_count=901,
)  # fmt: skip


@pytest.fixture
def tools(taking: Taking) -> Toolbox:
    return toolbox(taking.database, contacts)


def identity(taking: Taking, user_id: str = "2001") -> dict[str, Any]:
    (found,) = [row for row in taking.rows(Identity) if row["platform_user_id"] == user_id]
    return {**found, "platform_data": orjson.loads(found["platform_data"])}


def figures(row: dict[str, Any]) -> tuple[int, int, int]:
    return row["followers_count"], row["following_count"], row["posts_count"]


def test_a_user_comes_with_counts_biography_picture_and_marks(taking: Taking) -> None:
    taking.take(ADA)
    row, (ada,) = identity(taking), taking.contacts()
    assert (row["platform_handle"], row["platform_url"], figures(row)) == ("ada", "https://x.com/ada", (1200, 300, 900))
    assert row["platform_data"]["live"]["verified"] is row["platform_data"]["live"]["protected"] is False
    assert (ada["bio"], ada["location"], ada["avatar_url"]) == ("Engines.", "London", "https://pbs.example.com/a.jpg")
    assert counts(taking.take(ADA)) == (0, 0, 1, 0, 0)


def test_the_identity_follows_what_the_platform_says_later(tools: Toolbox, taking: Taking) -> None:
    taking.take(ADA)
    assert counts(taking.take(LATER)) == (0, 1, 0, 0, 0)
    row, (ada,) = identity(taking), taking.contacts()
    assert (row["platform_handle"], row["platform_url"]) == ("ada_renamed", "https://x.com/ada_renamed")
    assert (figures(row), row["platform_data"]["live"]["verified"]) == ((1201, 300, 901), True)
    assert (ada["name"], ada["bio"], ada["profile_url"]) == ("Ada Married", "Looms.", "https://x.com/ada_renamed")
    shown = tools.call(ContactDetail, "get_contact", contact_id=ada["id"])
    others = {(other.field, other.value) for other in shown.other_values}
    assert others == {("name", "Ada Example"), ("bio", "Engines."), ("handle", "ada")}
    assert counts(taking.take(LATER)) == (0, 0, 1, 0, 0)


def test_a_name_that_comes_back_is_followed_and_not_shown_beside_itself(tools: Toolbox, taking: Taking) -> None:
    for record in (ADA, LATER, ADA):
        taking.take(record)
    (ada,) = taking.contacts()
    shown = tools.call(ContactDetail, "get_contact", contact_id=ada["id"])
    assert (shown.name, shown.model_dump()["bio"]) == ("Ada Example", "Engines.")
    assert {other.value for other in shown.other_values if other.field != "handle"} == {"Ada Married", "Looms."}


def test_what_a_person_wrote_stays_and_what_the_platform_says_is_shown_beside_it(
    tools: Toolbox, taking: Taking
) -> None:
    taking.take(ADA)
    (ada,) = taking.contacts()
    tools.call(SavedContact, "save_contact", contact_id=ada["id"], name="Ada K. Example", bio="A friend of mine.")
    taking.take(LATER)
    shown = tools.call(ContactDetail, "get_contact", contact_id=ada["id"])
    assert (shown.name, shown.model_dump()["bio"]) == ("Ada K. Example", "A friend of mine.")
    assert {"Ada Married", "Looms."} <= {other.value for other in shown.other_values}
    assert identity(taking)["platform_data"]["live"]["bio"] == "Looms."


def test_numbers_alone_move_the_identity_and_count_nobody_as_updated(taking: Taking) -> None:
    taking.take(ADA)
    before = taking.contacts()
    more = live("2001", "ada", bio="Engines.", location="London", followers_count=9_000, posts_count=1 << 40)
    assert counts(taking.take(more)) == (0, 0, 1, 0, 0)
    assert figures(identity(taking)) == (9_000, 300, 900)
    assert taking.contacts() == before


@pytest.mark.parametrize("file", [x("2001", "old_handle", "Old Name"), x("2001"), x(None, "ada_renamed", "Nick")])
def test_a_file_does_not_replace_what_the_platform_itself_says_whichever_comes_first(
    taking: Taking, file: PersonRecord
) -> None:
    for record in (file, LATER, file):
        taking.take(record)
    row, (ada,) = identity(taking), taking.contacts()
    assert (row["platform_handle"], ada["name"], ada["profile_url"]) == (
        "ada_renamed", "Ada Married", "https://x.com/ada_renamed",
    )  # fmt: skip


def test_a_handle_that_changed_hands_leads_to_who_has_it_now(taking: Taking) -> None:
    taking.take(live("2001", "ada", "Ada Example"))
    taking.take(live("2002", "ada", "Grace Sample"))
    first, second = identity(taking, "2001"), identity(taking, "2002")
    assert (first["platform_handle"], first["platform_url"]) == (None, None)
    assert (second["platform_handle"], second["platform_url"]) == ("ada", "https://x.com/ada")
    assert taking.contact("Ada Example")["profile_url"] == "https://x.com/i/user/2001"
    taking.take(PostRecord(1, "x", "5", "@ada hi", None, mentions=(x(None, "ada"),)))
    assert taking.names() == ["Ada Example", "Grace Sample"]


def test_who_is_gone_at_the_platform_stays_a_contact_and_may_come_back(taking: Taking) -> None:
    taking.take(ADA)
    gone = x("2001", is_gone=True)
    assert counts(taking.take(gone)) == (0, 1, 0, 0, 0)
    assert (identity(taking)["is_active"], taking.names()) == (False, ["Ada Example"])
    assert counts(taking.take(gone)) == (0, 0, 1, 0, 0)
    taking.take(x("2001", "ada", "Ada Example"))
    assert not identity(taking)["is_active"]
    taking.take(ADA)
    assert identity(taking)["is_active"]


def test_who_is_gone_and_was_never_known_makes_no_contact(taking: Taking) -> None:
    outcome = taking.take(x("2099", is_gone=True), google(None, platform_user_id="people/c9", is_gone=True))
    assert (counts(outcome), taking.contacts()) == ((0, 0, 0, 2, 0), [])
    assert list(outcome.skips) == ["somebody whom the platform no longer has, and who was never known here"]
