"""Messages become engagements: who, when, which way, and never what was said."""

from datetime import datetime, timedelta
from typing import Any

from onelane.storage.database.engine import Database
from onelane.storage.people import contacts
from onelane.tools.platforms.formats.records import MessageRecord, Owner, PersonRecord
from tests.tools.people.intake.takings import JULY_1, Taking, addresses, counts, google, linkedin, x


def message(message_id: str, *people: PersonRecord, at: datetime | None = JULY_1, **more: Any) -> MessageRecord:
    values: dict[str, Any] = {"line": 1, "platform": people[0].platform, "message_id": message_id, "thread_id": "t1"}
    values.update({"sent_at": at, "direction": "inbound", "people": people})
    values.update(more)
    return MessageRecord(**values)


def mail(message_id: str, *people: PersonRecord, **more: Any) -> MessageRecord:
    return message(message_id, *people, kind="email", labels=("Inbox",), **more)


def test_a_message_is_one_engagement_with_each_counterpart(taking: Taking) -> None:
    outcome = taking.take(
        mail("m1", google("Ada Example", "ada@example.com")),
        mail("m2", google("Ada", "ada@example.com"), google(None, "grace@example.com"), direction="outbound"),
    )
    assert counts(outcome) == (2, 0, 0, 0, 0)
    assert taking.names() == ["Ada Example", "grace@example.com"]
    found = [(row["platform_engagement_id"], row["direction"], row["engagement_type"]) for row in taking.engagements()]
    assert sorted(found) == [("m1", "inbound", "message"), ("m2", "outbound", "message"), ("m2", "outbound", "message")]
    for row in taking.engagements():
        assert (row["thread_id"], row["source"], row["content"], row["occurred_at"]) == ("t1", "email", None, JULY_1)
        assert row["workflow_run_id"] is not None
        assert row["platform_account_id"] is not None


def test_the_same_messages_again_add_nothing(taking: Taking) -> None:
    messages = [mail("m1", google("Ada Example", "ada@example.com")), mail("m1", google("Ada", "ada@example.com"))]
    assert counts(taking.take(*messages))[:3] == (1, 1, 0)
    assert counts(taking.take(*messages)) == (0, 0, 2, 0, 0)
    assert len(taking.engagements()) == 1


def test_the_last_interaction_is_the_newest_whatever_the_order(taking: Taking) -> None:
    ada = google("Ada Example", "ada@example.com")
    days = [JULY_1 + timedelta(days=day) for day in (3, 9, 1)]
    taking.take(*(mail(f"m{day:%d}", ada, at=day) for day in days))
    taking.take(mail("older", ada, at=JULY_1), mail("undated", ada, at=None))
    assert taking.contact("Ada Example")["last_interaction_at"] == max(days)


def test_bulk_mail_makes_nobody_a_contact(taking: Taking) -> None:
    letter = mail("m1", google("Newsletter", "news@lists.example.net"), is_bulk=True)
    robot = mail("m2", google("Robot", "no-reply@example.com"))
    assert counts(taking.take(letter, robot)) == (0, 0, 0, 2, 0)
    assert (taking.contacts(), taking.engagements()) == ([], [])


def test_a_group_is_no_conversation_of_two(taking: Taking) -> None:
    taking.take(message("m1", linkedin("Grace Sample", "grace"), is_group=True))
    assert [row["source"] for row in taking.engagements()] == ["group"]


def test_an_invitation_is_a_request_to_connect(taking: Taking) -> None:
    taking.take(message("i1", linkedin("Ada Example", "ada"), kind="invitation", direction="outbound"))
    assert [row["engagement_type"] for row in taking.engagements()] == ["connection_request"]


def test_a_name_alone_makes_nobody_a_contact(taking: Taking) -> None:
    nobody = PersonRecord(line=1, platform="linkedin", name="Ada Example")
    assert counts(taking.take(message("m1", nobody))) == (0, 0, 0, 1, 0)
    assert taking.contacts() == []


def test_the_owner_is_no_counterpart(taking: Taking, database: Database) -> None:
    owner = Owner("1000", "me", "Me Owner", "me@example.com")
    taking.take(message("m1", x("1000", "me"), x("2001")), owner=owner)
    assert taking.names() == ["id 2001"]
    with database.write() as session:
        me = contacts.create_contact(session, name="Me Owner", is_self=True)
        assert me.is_self
    taking.take(google("Me Owner", "me@example.com"))


def test_a_contact_that_is_oneself_gets_no_engagements(taking: Taking, database: Database) -> None:
    taking.take(google("Me Owner", "me@example.com"))
    with database.write() as session:
        contacts.update_contact(session, taking.contact("Me Owner")["id"], is_self=True)
    assert counts(taking.take(mail("m1", google(None, "me@example.com")))) == (0, 0, 0, 1, 0)
    assert taking.engagements() == []


def test_two_who_become_one_have_each_message_once(taking: Taking) -> None:
    taking.take(message("11", x("2001")))
    taking.take(google("Ada Example", "ada@example.com", website="https://x.com/ada_example"))
    outcome = taking.take(message("11", x("2001", "ada_example")), message("12", x("2001", "ada_example")))
    assert counts(outcome)[:2] == (1, 1)
    (ada,) = taking.contacts()
    assert [(row["platform_engagement_id"], row["contact_id"]) for row in taking.engagements()] == [
        ("11", ada["id"]),
        ("12", ada["id"]),
    ]
    assert ada["last_interaction_at"] == JULY_1


def test_a_correspondent_is_known_by_an_address_that_another_file_told(taking: Taking) -> None:
    taking.take(linkedin("Ada Example", "ada", "ada@example.com"))
    record = PersonRecord(
        line=1, platform="gmail", name="ada", emails=addresses("ada@example.com"), relations=("correspondent",)
    )
    assert taking.take(mail("m1", record)).added == 1
    assert taking.names() == ["Ada Example"]
