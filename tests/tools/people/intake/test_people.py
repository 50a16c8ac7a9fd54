"""What a contact gains from a file, and what it keeps."""

import gc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import orjson
import pytest

from onelane.storage.database.engine import Database
from onelane.storage.people import contacts
from onelane.storage.people.contacts import Contact
from onelane.storage.people.emails import ContactEmail
from onelane.storage.people.identities import Identity
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import Platform
from onelane.tools.platforms.formats.records import BadLine, MessageRecord, Owner, PostRecord, SkippedLine
from tests.databases import Clock
from tests.tools.people.intake.takings import Taking, addresses, counts, google, linkedin, take_in_session, x


def test_everything_that_a_file_says_of_a_new_person_is_kept(taking: Taking) -> None:
    record = google(
        "Ada Example", "Ada@Example.com", "home@example.org",
        first_name="Ada", last_name="Example", company="Engines", title="VP", headline="Engineer", bio="Born 1815",
        location="London", website="https://ada.example", birthday="1815-12-10", notes="met\nin London",
        phones=("+12125550123", "+12125550124"), tags=("VIP", "Friends"), extra={"nickname": "Ada L."},
    )  # fmt: skip
    taking.take(record)
    (ada,) = taking.contacts()
    kept = {"name": "Ada Example", "first_name": "Ada", "company": "Engines", "title": "VP", "headline": "Engineer"}
    kept |= {"bio": "Born 1815", "location": "London", "website": "https://ada.example", "notes": "met\nin London"}
    kept |= {"email": "Ada@Example.com", "phone": "+12125550123", "tags": '["VIP","Friends"]', "platform": "gmail"}
    assert {name: ada[name] for name in kept} == kept
    assert taking.emails(ada["id"]) == ["ada@example.com", "home@example.org"]
    (identity,) = taking.rows(Identity)
    facts = {"nickname": "Ada L.", "birthday": "1815-12-10", "phones": ["+12125550123", "+12125550124"]}
    data = orjson.loads(identity["platform_data"])
    assert data.pop("said")["company"] == "Engines"
    assert data == facts
    assert (identity["platform_user_id"], identity["is_primary"]) == ("ada@example.com", True)


def test_existing_values_stay_gaps_are_filled_and_what_differs_is_kept_beside(taking: Taking, clock: Clock) -> None:
    taking.take(google("Ada Example", "ada@example.com", title="VP"))
    taking.take(linkedin("Ada Example", "ada", "ada@example.com"))
    clock.advance(hours=1)
    outcome = taking.take(linkedin("Ada Example", "ada", title="CTO", company="Engines", tags=("VIP",)))
    assert counts(outcome) == (0, 1, 0, 0, 0)
    (ada,) = taking.contacts()
    assert (ada["title"], ada["company"], ada["tags"]) == ("VP", "Engines", '["VIP"]')
    assert ada["updated_at"] == clock()
    of_linkedin = next(row for row in taking.rows(Identity) if row["platform"] == "linkedin")
    assert orjson.loads(of_linkedin["platform_data"])["also"] == {"title": ["CTO"]}


def test_a_value_that_a_later_file_leaves_out_is_not_erased(taking: Taking) -> None:
    taking.take(linkedin("Ada Example", "ada", "ada@example.com", title="VP", company="Engines", tags=("VIP",)))
    before = taking.contacts(), taking.rows(Identity), taking.rows(ContactEmail)
    assert counts(taking.take(linkedin("Ada Example", "ada"))) == (0, 0, 1, 0, 0)
    assert (taking.contacts(), taking.rows(Identity), taking.rows(ContactEmail)) == before


def test_the_same_items_again_change_nothing_not_even_the_time(taking: Taking, clock: Clock) -> None:
    items = [
        linkedin("Ada Example", "ada", "ada@example.com", company="Engines"),
        linkedin("Ada King", "ada", "info@engines.example", company="Other", title="VP"),
        linkedin("Ada Lovelace", "ada", company="Third", title="CTO"),
        google("Bob Meyer", "ada@example.com", website="https://x.com/bob"),
        x("2001", "bob", "Bob ✨"),
        x("3001"),
    ]
    taking.take(*items)
    before = taking.contacts(), taking.rows(Identity), taking.rows(ContactEmail), taking.proposals()
    clock.advance(days=1)
    assert counts(taking.take(*items)) == (0, 0, len(items), 0, 0)
    assert (taking.contacts(), taking.rows(Identity), taking.rows(ContactEmail), taking.proposals()) == before


def test_someone_who_stands_in_a_batch_twice_is_one_person(taking: Taking) -> None:
    outcome = taking.take(linkedin("Ada Example", "ada"), linkedin("Ada Example", "ada", title="VP"))
    assert counts(outcome) == (1, 1, 0, 0, 0)
    assert taking.contact("Ada Example")["title"] == "VP"


def test_an_archived_contact_is_found_and_filled_and_stays_archived(taking: Taking, database: Database) -> None:
    taking.take(linkedin("Ada Example", "ada"))
    (ada,) = taking.contacts()
    with database.write() as session:
        contacts.archive_contacts(session, [ada["id"]], "left")
    assert counts(taking.take(linkedin("Ada Example", "ada", title="VP"))) == (0, 1, 0, 0, 0)
    (ada,) = taking.contacts()
    assert (ada["title"], ada["archive_reason"], ada["archived_at"] is not None) == ("VP", "left", True)


def test_a_number_gets_a_handle_and_then_a_name_when_files_tell_them(taking: Taking) -> None:
    names = ["id 2001", "@ada_example", "Ada ✨", "Ada ✨"]
    records = [x("2001"), x("2001", "ada_example"), x("2001", "ada_example", "Ada ✨"), x("2001")]
    for record, name in zip(records, names, strict=True):
        taking.take(record)
        assert taking.names() == [name]
    (identity,) = taking.rows(Identity)
    assert (identity["platform_handle"], identity["platform_url"]) == ("ada_example", "https://x.com/ada_example")


def test_another_handle_of_an_account_is_kept_beside_the_first(taking: Taking) -> None:
    taking.take(x("2001", "ada_old", "Ada"))
    assert counts(taking.take(x("2001", "ada_new", "Ada"))) == (0, 1, 0, 0, 0)
    (identity,) = taking.rows(Identity)
    assert identity["platform_handle"] == "ada_old"
    assert orjson.loads(identity["platform_data"]) == {"said": {"name": "Ada"}, "also": {"handle": ["ada_new"]}}


def test_an_address_without_a_name_gets_one_when_a_file_tells_it(taking: Taking) -> None:
    taking.take(google(None, "ada@example.com"))
    assert taking.names() == ["ada@example.com"]
    taking.take(linkedin("Ada Example", "ada", "ada@example.com"))
    assert taking.names() == ["Ada Example"]


def test_an_entry_that_is_only_a_company_becomes_an_organisation(taking: Taking) -> None:
    entry = google("Company Only GmbH", company="Company Only GmbH", is_organisation=True, phones=("+4930",))
    taking.take(entry)
    assert [contact["is_organisation"] for contact in taking.contacts()] == [True]
    assert counts(taking.take(entry)) == (0, 0, 1, 0, 0)


def test_the_score_says_how_much_is_known_and_grows_with_it(taking: Taking) -> None:
    scores: list[int] = []
    known = {"company": "Engines", "title": "VP", "location": "London", "bio": "Born", "phones": ("+1212",)}
    more = {"emails": addresses("a@example.com"), "website": "https://a.example"}
    ada = partial(x, "2001", "ada", "Ada Example")
    for record in (x("2001"), ada(), ada(**known), ada(**more)):
        taking.take(record)
        scores.append(taking.contacts()[0]["enrichment_score"])
    assert scores == sorted(set(scores))
    assert scores[-1] == 100


def test_an_address_that_nobody_vouched_for_proves_nothing(taking: Taking, database: Database) -> None:
    with database.write() as session:
        bob = contacts.create_contact(session, name="Bob", email="ada@example.com")
        session.add(_unvouched(session.new_id("eml"), bob.id, "ada@example.com", session.now()))
    taking.take(google("Ada Example", "ada@example.com"))
    assert taking.names() == ["Ada Example", "Bob"]


def test_an_address_that_stands_in_a_file_too_is_vouched_for(taking: Taking, database: Database) -> None:
    taking.take(linkedin("Ada Example", "ada"))
    ada = taking.contact("Ada Example")["id"]
    with database.write() as session:
        session.add(_unvouched(session.new_id("eml"), ada, "ada@example.com", session.now()))
    assert taking.take(linkedin("Ada Example", "ada", "ada@example.com")).updated == 1
    assert [(row["normalized"], row["is_verified"]) for row in taking.rows(ContactEmail)] == [("ada@example.com", True)]


def test_lines_that_hold_nobody_are_counted_and_the_bad_ones_handed_on(taking: Taking) -> None:
    outcome = taking.take(linkedin("Ada Example"), SkippedLine(2, "no name"), BadLine(3, "no comma"), BadLine(4, "?"))
    assert counts(outcome) == (1, 0, 0, 1, 2)
    assert [bad.line for bad in outcome.bad] == [3, 4]


def test_the_newest_and_oldest_instants_of_a_batch_are_told(taking: Taking) -> None:
    instants = [datetime(2024, 5, 1, tzinfo=UTC) + timedelta(days=day) for day in (3, 0, 7)]
    people = [linkedin(f"Ada {at:%j}", connected_at=at) for at in instants]
    outcome = taking.take(*people, linkedin("Bob", connected_at=None))
    assert (outcome.oldest_at, outcome.newest_at) == (min(instants), max(instants))


@pytest.mark.parametrize("unstorable", ["\0", "\ud83d", "Ada \0 Example"])
def test_text_that_no_database_holds_stops_nobody(taking: Taking, unstorable: str) -> None:
    odd = x("2001", "ada", unstorable, bio=unstorable, extra={"more": [unstorable, 1 << 70]}, tags=(unstorable,))
    assert taking.take(odd, x("2002", "grace", "Grace")).added == 2
    assert counts(taking.take(odd)) == (0, 0, 1, 0, 0)


def test_messages_and_posts_with_such_text_are_taken_in_too(taking: Taking) -> None:
    ada = x("2001", "ada", "A\0da")
    message = MessageRecord(1, "x", "m\0", "t\ud83d", None, "inbound", (ada,), labels=("\0",))
    post = PostRecord(1, "x", "1", "Hi \ud83d", None, mentions=(ada,), extra={"\0": 1 << 70})
    assert taking.take(message, post).added == 2
    assert counts(taking.take(message, post)) == (0, 0, 2, 0, 0)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Smith &amp; Sons", "Smith & Sons"),
        ("Smith &amp;amp; Sons", "Smith & Sons"),
        ("O&#39;Hara&nbsp;Inc", "O'Hara Inc"),
        ("Acme\u00ad\u200b", "Acme"),
        ("AT&T; Bell", "AT&T; Bell"),
    ],
)
def test_what_pages_and_copying_leave_in_a_value_is_no_part_of_it(taking: Taking, written: str, meant: str) -> None:
    ada = replace(linkedin("Ada Example"), company=written, title=written)
    message = MessageRecord(1, "x", "m1", "t1", None, "inbound", (x("2001", "ada", written),))
    taking.take(ada, message)
    assert [(row["company"], row["title"], row["name"]) for row in taking.rows(Contact)] == [
        (meant, meant, "Ada Example"),
        (None, None, meant),
    ]
    assert counts(taking.take(ada, message)) == (0, 0, 2, 0, 0)


def test_the_collector_works_on_afterwards_and_stays_off_where_it_was(taking: Taking) -> None:
    taking.take(linkedin("Ada Example"))
    assert gc.isenabled()
    gc.disable()
    try:
        taking.take(linkedin("Bob Meyer"))
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("owner", "key", "name"),
    [
        (None, "default", "X"),
        (Owner("1", "me", "Me Owner", "me@example.com"), "1", "Me Owner"),
        (Owner(handle="me"), "me", "me"),
        (Owner(email="me@example.com"), "me@example.com", "me@example.com"),
    ],
)
def test_an_account_is_known_by_what_the_export_says_of_its_owner(
    database: Database, owner: Owner | None, key: str, name: str
) -> None:
    with database.write() as session:
        take_in_session(session, [x("2001")], owner=owner)
        take_in_session(session, [x("2002")], owner=owner)
    with database.read() as session:
        (account,) = accounts.list_accounts(session)
    assert (account.platform, account.account_key, account.display_name) == (Platform.X, key, name)


def _unvouched(email_id: str, contact_id: str, address: str, at: datetime) -> ContactEmail:
    return ContactEmail(
        id=email_id, contact_id=contact_id, address=address, normalized=address, source="person", created_at=at
    )


def test_names_have_one_character_for_a_letter_with_its_accent(taking: Taking) -> None:
    taken_apart = "Zoe\u0308 Fu\u0308ller"
    taking.take(google(taken_apart, "zoe@example.org", company="Bu\u0308ro", extra={"nickname": "Zo\u0308"}))
    (zoe,) = taking.contacts()
    assert (zoe["name"], zoe["company"]) == ("Zoë Füller", "Büro")
    outcome = taking.take(linkedin("Zoë Füller", "zoe", "zoe@example.org"))
    assert (outcome.added, outcome.updated) == (0, 1)
    assert all("also" not in row["platform_data"] for row in taking.rows(Identity))


def test_nobody_was_met_in_the_future(taking: Taking, clock: Clock) -> None:
    tomorrow, far = clock() + timedelta(days=1), datetime(2098, 1, 1, tzinfo=UTC)
    outcome = taking.take(linkedin("Ada Example", "ada", connected_at=tomorrow))
    assert outcome.newest_at == tomorrow
    outcome = taking.take(linkedin("Bea Example", "bea", connected_at=far))
    assert outcome.newest_at is None
    bea = next(row for row in taking.rows(Identity) if row["platform_user_id"] == "bea")
    data = orjson.loads(bea["platform_data"])
    assert "connected_at" not in data
    assert data["connected_text"].startswith("2098-01-01")


def test_an_address_of_a_role_is_marked(taking: Taking) -> None:
    taking.take(google("Payments", "service@example.com"), google("Ada Example", "ada@example.com"))
    marks = {row["address"]: (row["label"], bool(row["is_verified"])) for row in taking.rows(ContactEmail)}
    assert marks == {"service@example.com": ("role", False), "ada@example.com": (None, True)}
