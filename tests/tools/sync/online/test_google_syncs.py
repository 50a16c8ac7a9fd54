"""Syncs of Google's address book and mails and of LinkedIn's connections, over doubles that keep state."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from onelane.server.cli.doubles.double_server import Fault
from onelane.server.cli.doubles.google_people import person_fields
from onelane.storage.database.engine import Database
from onelane.storage.platforms.accounts import Platform
from onelane.storage.workflows.runs import RunStatus
from onelane.tools.platforms.online.failures import PersonMustAct
from onelane.tools.sync.online.online_lists import ONLINE
from onelane.tools.sync.sync_types import SyncSubType
from tests.databases import Clock
from tests.tools.outreach.inbound.correspondence import letterbox
from tests.tools.outreach.mail.sample_mail import ME as ME_ALONE
from tests.tools.outreach.mail.sample_mail import THEM
from tests.tools.sync.online.google_world import GoogleWorld, mail_ids

ME = "Me <me@example.com>"
_PEOPLE = "SELECT platform_user_id, is_active FROM contact_identities WHERE platform_user_id LIKE 'people/%'"


@pytest.fixture
def world(sqlite_database: Database, clock: Clock, tmp_path: Path) -> GoogleWorld:
    return GoogleWorld(sqlite_database, clock, tmp_path)


def put(world: GoogleWorld, *numbers: int, company: str = "Engines") -> None:
    for number in numbers:
        world.google.book.put(number, **person_fields(f"Ada N{number}", f"p{number}@example.com", company=company))


def deliver(world: GoogleWorld, number: int, **more: Any) -> str:
    """A mail that came `number` minutes after a day before the clock's time."""
    headers = {"From": f"Ada N{number} <p{number}@example.com>", "To": ME, **more.pop("headers", {})}
    at = world.clock() + timedelta(days=-1, minutes=number)
    headers.setdefault("Date", at.strftime("%a, %d %b %Y %H:%M:%S +0000"))
    return world.google.mailbox.deliver(f"18f{number:013x}", headers, at=at, **more)


def result(run: Any) -> dict[str, Any]:
    assert run.status is RunStatus.COMPLETED, run.result
    return json.loads(run.result)


def test_an_address_book_is_read_once_and_then_what_changed(world: GoogleWorld) -> None:
    account = world.connect()
    world.google.book.page_size = 2
    put(world, 1, 2, 3)
    assert result(world.sync("gmail_contacts"))["added"] == 3
    put(world, 2, company="Looms")
    world.google.book.delete(3)
    world.google.book.put(4, former=(1,), **person_fields("Ada N1", "p1@example.com"))
    outcome = result(world.sync("gmail_contacts"))
    assert (outcome["added"], outcome["updated"], outcome["requests"]) == (0, 3, 2)
    assert result(world.sync("gmail_contacts"))["updated"] == 0
    tokens = [each.get("syncToken") for each in world.asked(world.at_google, "/connections")]
    assert tokens == [None, None, "ST-3", "ST-3", "ST-6"]
    assert dict(world.rows(_PEOPLE)) == {"people/c2": 1, "people/c3": 0, "people/c4": 1}
    assert len(world.rows("SELECT id FROM contacts")) == 3
    assert world.position(account, "gmail_contacts", "connections")["known"] == "2 4"


def test_whom_one_has_only_mailed_comes_with_the_address_book_where_that_was_granted(world: GoogleWorld) -> None:
    world.connect()
    put(world, 1)
    others = [person_fields(f"Ada N{number}", f"p{number}@example.com") for number in (1, 7, 8)]
    world.google.book.others += [{"resourceName": f"otherContacts/c{at}", **each} for at, each in enumerate(others)]
    world.google.book.page_size = 2
    assert result(world.sync("gmail_contacts"))["added"] == 1
    assert world.asked(world.at_google, "/otherContacts") == []
    world.connect(scopes=("contacts.readonly", "contacts.other.readonly"))
    outcome = result(world.sync("gmail_contacts"))
    assert (outcome["added"], outcome["requests"]) == (2, 3)
    assert result(world.sync("gmail_contacts"))["updated"] == 0
    assert world.rows("SELECT count(*) FROM contacts") == [(3,)]
    assert len(world.asked(world.at_google, "/otherContacts")) == 4


@pytest.mark.parametrize("expiry", [400, 410])
def test_a_forgotten_sync_token_leads_to_a_full_pass_that_sees_who_is_gone(world: GoogleWorld, expiry: int) -> None:
    account = world.connect()
    put(world, 1, 2, 3)
    world.sync("gmail_contacts")
    world.google.book.delete(2)
    put(world, 4)
    world.google.book.expire_tokens()
    world.google.book.expiry = expiry
    outcome = result(world.sync("gmail_contacts"))
    assert (outcome["added"], outcome["updated"]) == (1, 1)
    assert dict(world.rows(_PEOPLE)) == {"people/c1": 1, "people/c2": 0, "people/c3": 1, "people/c4": 1}
    assert world.position(account, "gmail_contacts", "connections")["known"] == "1 3 4"
    (status,) = world.rows("SELECT status FROM platform_accounts")
    assert status == ("active",)


def test_a_full_sync_reads_all_and_changes_nothing(world: GoogleWorld) -> None:
    world.connect()
    put(world, 1, 2, 3)
    world.sync("gmail_contacts")
    outcome = result(world.sync("gmail_contacts", full=True))
    assert (outcome["added"], outcome["updated"], outcome["skipped"]) == (0, 0, 3)


def test_a_mailbox_is_read_newest_first_and_then_what_came(world: GoogleWorld) -> None:
    world.connect()
    ids = [deliver(world, number) for number in range(3)]
    ids.append(deliver(world, 3, headers={"List-Unsubscribe": "<https://example.com/u>"}))
    ids.append(deliver(world, 4, headers={"From": ME, "To": "p0@example.com"}, labels=("SENT",)))
    outcome = result(world.sync("gmail_metadata"))
    paths = [each.path.rpartition("/")[2] for each in world.at_google.requests]
    assert paths[:2] == ["profile", "messages"]
    assert sorted(paths[2:7], reverse=True) == [*reversed(ids)]
    assert (paths[7:], outcome["requests"], outcome["resources"], outcome["pages"]) == (["history"], 8, 5, 1)
    engagements = "SELECT platform_engagement_id, direction FROM engagements ORDER BY occurred_at"
    assert world.rows(engagements) == [*((each, "inbound") for each in ids[:3]), (ids[4], "outbound")]
    assert result(world.sync("gmail_metadata"))["requests"] == 1
    new = deliver(world, 9)
    outcome = result(world.sync("gmail_metadata"))
    assert (outcome["requests"], mail_ids(world)[5:]) == (2, [new])


def test_a_forgotten_history_leads_to_the_list_and_only_unknown_mails_are_asked_for(world: GoogleWorld) -> None:
    account = world.connect()
    for number in range(6):
        deliver(world, number, headers={"Precedence": "bulk"} if number % 2 else {})
    deliver(world, 7, labels=("DRAFT",))
    world.sync("gmail_metadata")
    asked = len(mail_ids(world))
    world.google.mailbox.forget_history()
    new = deliver(world, 8)
    outcome = result(world.sync("gmail_metadata"))
    assert (mail_ids(world)[asked:], outcome["requests"]) == ([new], 5)
    (status,) = world.rows("SELECT status FROM platform_accounts")
    assert status == ("active",)
    assert world.position(account, "gmail_metadata", "messages")["history_id"] == str(world.google.mailbox.history_id)


def test_no_text_of_a_mail_is_kept(world: GoogleWorld, tmp_path: Path) -> None:
    world.connect()
    deliver(world, 1, headers={"Subject": "Never asked for"})
    world.sync("gmail_metadata")
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("onelane.db*")).decode(errors="replace")
    assert "must never be kept" not in kept
    assert "Never asked for" not in kept
    assert "p1@example.com" in kept


def test_a_mail_that_is_gone_between_the_list_and_the_request_is_passed_over(world: GoogleWorld) -> None:
    world.connect()
    gone = deliver(world, 1)
    deliver(world, 2)
    listed = world.at_google.routes["GET /gmail/v1/users/me/messages"]

    def list_then_lose(request: Any) -> Any:
        answer = listed(request)
        world.google.mailbox.mails.pop(gone, None)
        return answer

    world.at_google.routes = {**world.at_google.routes, "GET /gmail/v1/users/me/messages": list_then_lose}
    outcome = result(world.sync("gmail_metadata"))
    assert (outcome["added"], outcome["errorCount"]) == (1, 0)
    assert any("deleted while" in each["reason"] for each in outcome["skippedBecause"])


def test_a_mailbox_larger_than_the_quota_is_read_as_fast_as_the_quota_allows(world: GoogleWorld) -> None:
    world.connect()
    count = 400
    for number in range(count):
        deliver(world, number, headers={"From": f"p{number % 40}@example.com"})
    began = world.clock()
    outcome = result(world.sync("gmail_metadata"))
    minutes = (world.clock() - began).total_seconds() / 60
    assert outcome["resources"] == count
    # After 300 it has to wait; a few requests more than allowed show where the limit is.
    assert 1 <= minutes <= 1.5
    assert len(mail_ids(world)) <= count + 4


def test_since_ends_the_list_and_an_earlier_day_goes_on_below(world: GoogleWorld) -> None:
    world.connect()
    ids = [deliver(world, 60 * number) for number in range(16)]
    since = world.clock() - timedelta(hours=14)
    outcome = result(world.sync("gmail_metadata", since=since.isoformat()))
    assert outcome["added"] == 6
    assert set(ids[10:]) <= set(mail_ids(world)) <= set(ids[8:])
    asked = len(mail_ids(world))
    world.sync("gmail_metadata", since=since.isoformat())
    assert len(mail_ids(world)) == asked
    world.sync("gmail_metadata")
    assert len(world.rows("SELECT id FROM engagements")) == 16


def test_a_run_at_its_most_pages_goes_on_there_the_next_time(world: GoogleWorld) -> None:
    world.connect()
    world.google.mailbox.page_size = 2
    for number in range(5):
        deliver(world, number)
    world.sync("gmail_metadata", max_pages=1)
    assert len(mail_ids(world)) == 2
    late = deliver(world, 9)
    world.sync("gmail_metadata")
    assert len(world.rows("SELECT id FROM engagements")) == 6
    assert sorted(mail_ids(world)) == sorted({*mail_ids(world)})
    assert late in mail_ids(world)
    pages = [each.get("pageToken") for each in world.asked(world.at_google, "/messages")]
    assert pages == [None, "2", "4"]


def test_a_page_token_that_comes_back_ends_the_sync(world: GoogleWorld) -> None:
    world.connect()
    world.google.book.page_size = 1
    put(world, 1, 2, 3)
    asked = world.at_google.routes["GET /v1/people/me/connections"]

    def same_page(request: Any) -> Any:
        answer = asked(request)
        answer.body["nextPageToken"] = "PT-1"
        return answer

    world.at_google.routes = {**world.at_google.routes, "GET /v1/people/me/connections": same_page}
    run = world.sync("gmail_contacts")
    assert run.status is RunStatus.FAILED
    assert len(world.at_google.requests) == 2


def test_linkedin_s_connections_come_by_themselves(world: GoogleWorld) -> None:
    world.connect(Platform.LINKEDIN, "default")
    names = ("Ada", "Grace", "Kay")
    world.linkedin.connections = [
        {"First Name": name, "Last Name": "Example", "URL": f"https://www.linkedin.com/in/{name.lower()}",
         "Connected On": "15 Mar 2023"} for name in names
    ]  # fmt: skip
    world.linkedin.page_size, world.linkedin.promises_too_much = 2, True
    outcome = result(world.sync("linkedin_contacts"))
    assert (outcome["added"], outcome["requests"]) == (3, 3)
    assert [each["start"] for each in world.asked(world.at_linkedin, "/memberSnapshotData")] == ["0", "1", "2"]
    assert result(world.sync("linkedin_contacts"))["added"] == 0


def test_a_snapshot_that_is_not_prepared_fails_the_run_with_what_to_do(world: GoogleWorld) -> None:
    world.connect(Platform.LINKEDIN, "default")
    world.linkedin.is_prepared = False
    run = world.sync("linkedin_contacts")
    assert run.status is RunStatus.FAILED
    assert "has not put this account's data together yet" in run.result


def test_a_reply_to_our_letter_stops_its_sequence(world: GoogleWorld) -> None:
    box = letterbox(world.database, world.vault)
    account = world.connect(key=ME_ALONE)
    deliver(world, 1)
    answer = {"From": f"Grace <{THEM}>", "In-Reply-To": box.message_id, "Message-ID": "<answer@example.org>"}
    deliver(world, 2, headers=answer)
    outcome = result(world.sync("gmail_metadata"))
    assert (outcome["replies"], outcome["unmatched"]) == (1, 0)
    assert box.state == ("replied", "reply", "cancelled")
    (kept,) = box.kept_mail()
    assert (kept.from_address, kept.subject, kept.own_text) == (THEM, "", None)
    (read_at,) = world.rows("SELECT inbox_read_at FROM platform_accounts")
    assert (account, read_at) == (box.account.id, (int(world.clock().timestamp()),))


@pytest.mark.parametrize("first", ["file", "online"])
def test_a_takeout_and_gmail_itself_leave_the_same_in_either_order(
    world: GoogleWorld, tmp_path: Path, first: str
) -> None:
    world.connect()
    file = tmp_path / "All mail.mbox"
    file.write_text("".join(_both(world, number) for number in range(6)))
    syncs = [lambda: world.sync("gmail_metadata", file=str(file)), lambda: world.sync("gmail_metadata")]
    added = [result(sync())["added"] for sync in (syncs if first == "file" else reversed(syncs))]
    assert added == [4, 0]
    assert len(mail_ids(world)) == (2 if first == "file" else 6)
    kept = world.rows(
        "SELECT platform_engagement_id, thread_id, direction, engagements.source, engagements.platform_data, "
        "occurred_at, normalized FROM engagements JOIN contact_emails USING (contact_id) ORDER BY 1"
    )
    day = int(world.clock().timestamp()) - 86_400
    assert kept == [
        (f"{0x18F0000000000000 + number:x}", "18f00000000000ff", "outbound" if number % 3 == 0 else "inbound", "email",
         '{"labels":["Sent"]}' if number % 3 == 0 else '{"labels":["Inbox","Opened"]}', day + 60 * number,
         f"p{number}@example.com")
        for number in range(6)
        if number not in (2, 5)
    ]  # fmt: skip


def _both(world: GoogleWorld, number: int) -> str:
    """A mail as a Takeout has it; it is put into the mailbox too."""
    them, is_sent, is_bulk = f"p{number}@example.com", number % 3 == 0, number % 3 == 2
    at = world.clock() + timedelta(days=-1, minutes=number)
    headers = {
        "From": ME if is_sent else them,
        "To": them if is_sent else ME,
        "Date": at.strftime("%a, %d %b %Y %H:%M:%S +0000"),
        **({"List-Id": "<news.example.com>"} if is_bulk else {}),
    }
    labels = ("SENT",) if is_sent else ("INBOX",)
    mail_id = f"{0x18F0000000000000 + number:x}"
    world.google.mailbox.deliver(mail_id, headers, labels=labels, thread_id="18f00000000000ff", at=at)
    head = "".join(f"{name}: {value}\n" for name, value in headers.items())
    separator = f"From {int(mail_id, 16)}@xxx {at.strftime('%a %b %d %H:%M:%S +0000 %Y')}"
    words = "Sent" if is_sent else "Inbox,Opened"
    return f"{separator}\nX-GM-THRID: {0x18F00000000000FF}\nX-Gmail-Labels: {words}\n{head}\nHello\n\n"


def test_a_sync_that_fails_in_the_middle_of_a_page_keeps_what_it_has_and_goes_on_there(world: GoogleWorld) -> None:
    world.connect()
    world.google.mailbox.page_size = 10
    for number in range(25):
        deliver(world, number)
    # Profile and list, then 6 mails; what follows is not answered, however often it is asked.
    world.at_google.faults = dict.fromkeys(range(9, 40), Fault.UNAVAILABLE)
    run = world.sync("gmail_metadata")
    kept = len(world.rows("SELECT id FROM engagements"))
    assert (run.status, kept) == (RunStatus.FAILED, 6)
    assert world.paused
    world.at_google.faults.clear()
    asked = len(mail_ids(world))
    assert result(world.sync("gmail_metadata"))["added"] == 19
    assert len(mail_ids(world)) - asked == 19
    pages = [each.get("pageToken") for each in world.asked(world.at_google, "/messages")]
    assert pages == [None, "10", "20"]


def test_a_sync_whose_permission_is_missing_names_the_feature_and_asks_nothing(world: GoogleWorld) -> None:
    world.connect(scopes=["contacts.readonly"])
    with pytest.raises(PersonMustAct, match="onelane accounts connect gmail --feature mail"):
        world.sync("gmail_metadata")
    assert result(world.sync("gmail_contacts"))["added"] == 0
    assert mail_ids(world) == []


def test_whatever_is_asked_for_online_has_somebody_who_asks() -> None:
    assert {name for name, found in ONLINE.items() if not callable(found())} == set()
    assert {name for name in SyncSubType if name.is_online} == ONLINE.keys()


def test_a_full_sync_of_mails_lists_all_and_asks_for_none_that_is_known(world: GoogleWorld) -> None:
    world.connect()
    world.google.mailbox.page_size = 2
    for number in range(5):
        deliver(world, number)
    world.sync("gmail_metadata")
    asked = len(mail_ids(world))
    outcome = result(world.sync("gmail_metadata", full=True))
    assert (outcome["added"], outcome["pages"], outcome["requests"], len(mail_ids(world)) - asked) == (0, 3, 5, 0)
    assert result(world.sync("gmail_metadata"))["requests"] == 1
