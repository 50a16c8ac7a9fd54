"""Google's export and Google's API give the same record of the same thing."""

from dataclasses import replace
from pathlib import Path

from onelane.tools.platforms.formats.records import MessageRecord, PersonRecord
from onelane.tools.platforms.google.gmail_answers import read_mail, record_of
from onelane.tools.platforms.google.people_answers import person_record, read_people
from tests.tools.platforms.reading import only, people, read, write


def test_an_entry_of_the_address_book_is_the_same_by_csv_and_online(tmp_path: Path) -> None:
    header = (
        "First Name,Middle Name,Last Name,Name Prefix,Organization Name,Organization Title,Organization Department,"
        "Notes,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Label,E-mail 2 - Value,Phone 1 - Label,Phone 1 - Value,"
        "Address 1 - City,Address 1 - Country,Website 1 - Label,Website 1 - Value"
    )
    row = (
        'Ada,King,Example,Dr.,"Engines, Inc.",VP,Research,Met at the fair,* Work,Ada@example.com,Loom,ada@example.org,'
        "Mobile,+1 212-555-0123,London,GB,Profile,https://x.com/ada_example"
    )
    (exported,) = people("gmail_contacts", write(tmp_path / "contacts.csv", f"{header}\n{row}\n"))
    body = {
        "resourceName": "people/c1",
        "names": [
            {"displayName": "Ada Example", "givenName": "Ada", "middleName": "King", "familyName": "Example",
             "honorificPrefix": "Dr."}
        ],
        "emailAddresses": [
            {"value": "ada@example.org", "type": "Loom"},
            {"value": "Ada@example.com", "type": "work", "metadata": {"primary": True}},
        ],
        "organizations": [{"name": "Engines, Inc.", "title": "VP", "department": "Research"}],
        "phoneNumbers": [{"value": "+1 212-555-0123", "canonicalForm": "+12125550123"}],
        "addresses": [{"city": "London", "country": "GB"}],
        "urls": [{"value": "https://x.com/ada_example"}],
        "biographies": [{"value": "Met at the fair"}],
        "photos": [{"url": "https://lh3.example/x", "default": True}],
    }  # fmt: skip
    asked = person_record(read_people({"connections": [body]}).people[0], exported.line)
    assert asked == replace(exported, platform_user_id="people/c1", is_live=True)


def test_a_mail_is_the_same_by_mailbox_and_online(tmp_path: Path) -> None:
    heads = [
        ("1800000000000000001", "Inbox,Important,Opened", ["INBOX", "IMPORTANT"], "ada@example.com", "me@example.com"),
        ("1800000000000000002", "Sent", ["SENT"], "Me <me@example.com>", "Ada <ada@example.com>, kay@example.com"),
        ("1800000000000000003", "Inbox,Category Updates,Unread", ["INBOX", "CATEGORY_UPDATES", "UNREAD"],
         '"Sample, Grace" <grace@example.com>', "me@example.com"),
        ("1800000000000000004", "Archived,Opened,Category Promotions", ["CATEGORY_PROMOTIONS"], "news@example.org",
         "me@example.com"),
    ]  # fmt: skip
    date = "Tue, 01 Sep 2026 11:00:00 +0200"
    mails = "".join(
        f"From {number}@xxx Tue Sep 01 09:00:00 +0000 2026\nX-GM-THRID: 1840000000000000001\nX-Gmail-Labels: {labels}\n"
        f"From: {sender}\nTo: {to}\nDate: {date}\n\nHello\n\n"
        for number, labels, _, sender, to in heads
    )
    exported = only(MessageRecord, read("gmail_metadata", write(tmp_path / "All mail.mbox", mails)))
    asked = [
        record_of(
            read_mail({
                "id": f"{int(number):x}",
                "threadId": f"{1840000000000000001:x}",
                "labelIds": [*ids, "Label_7"],
                "internalDate": "1788253200000",
                "payload": {"headers": [{"name": name, "value": value} for name, value in
                                        (("FROM", sender), ("To", to), ("date", date))]},
            }),
            1,
            frozenset({"me@example.com"}),
        )
        for number, _, ids, sender, to in heads
    ]  # fmt: skip
    assert len(exported) == 4
    assert [_without_lines(each) for each in asked if isinstance(each, MessageRecord)] == [
        _without_lines(each) for each in exported
    ]


def _without_lines(message: MessageRecord) -> MessageRecord:
    people: tuple[PersonRecord, ...] = tuple(replace(person, line=0) for person in message.people)
    return replace(message, line=0, people=people)
