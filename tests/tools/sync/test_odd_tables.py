"""Tables as spreadsheets and accidents leave them: what is certain comes in, the rest is told by its line."""

import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from onelane.server.run_types import all_run_types
from onelane.storage.database.engine import Database
from onelane.storage.people.contacts import Contact
from onelane.storage.people.identities import Identity
from onelane.storage.workflows.runs import RunStatus
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import UnreadableExport
from onelane.tools.sync import account_views, sync
from onelane.tools.sync.account_views import AccountPage
from onelane.tools.workflows import runs as run_tools
from onelane.tools.workflows.run_reading.run_views import RunView, RunWithSteps
from tests.engines import equipped
from tests.samples.linkedin import CONNECTION_COLUMNS, linkedin_zip
from tests.samples.tables import (
    GOOGLE_COLUMNS,
    connection,
    connections,
    each_row_in_one_cell,
    google_contacts,
    subscribers,
    table,
)
from tests.toolbox import Toolbox, toolbox
from tests.tools.people.intake.takings import rows_of

ADDRESS = "E-mail 1 - Value"
PHONE = "Phone 1 - Value"


@dataclass
class Import:
    """What became of a file."""

    result: dict[str, Any]
    text: str
    """The run as a chat is shown it."""

    @property
    def reasons(self) -> list[tuple[int, Sequence[str]]]:
        """How often a value was not understood, and where first, by reason."""
        return [(each["count"], each["examples"]) for each in self.result["notUnderstood"]]

    @property
    def skips(self) -> list[tuple[int, Sequence[str]]]:
        """The same for records that were skipped."""
        return [(each["count"], each["examples"]) for each in self.result["skippedBecause"]]


class Importer:
    """Imports files as a person does, and looks at what stands in the database then."""

    def __init__(self, database: Database) -> None:
        engine = equipped(database, all_run_types())
        engine.serve()
        self.tools: Toolbox = toolbox(database, sync, account_views, run_tools, engine=engine)

    def take(self, sub_type: str, path: Path) -> Import:
        """Import a file, which must succeed; the second import of the same file must change nothing."""
        first, again = (self.take_once(sub_type, path) for _ in range(2))
        assert (again.result["added"], again.result["updated"]) == (0, 0)
        assert again.result["notUnderstood"] == first.result["notUnderstood"]
        return first

    def refuse(self, sub_type: str, path: Path) -> str:
        """Try to import a file that must not be; what is said then."""
        with pytest.raises(UnreadableExport) as raised:
            self._start(sub_type, path)
        assert self.contacts() == []
        return raised.value.message

    def contacts(self) -> list[dict[str, Any]]:
        with self.tools.database.read() as session:
            return rows_of(session, Contact)

    def names(self) -> list[str]:
        return sorted(contact["name"] for contact in self.contacts())

    def facts(self) -> dict[str, dict[str, Any]]:
        """What is kept with the identities, by the contact's name."""
        with self.tools.database.read() as session:
            names = {contact["id"]: contact["name"] for contact in rows_of(session, Contact)}
            return {names[row["contact_id"]]: orjson.loads(row["platform_data"]) for row in rows_of(session, Identity)}

    def consents(self) -> dict[str, str | None]:
        """What is on record of each one's consent, by their address."""
        with self.tools.database.read() as session:
            rows = session.sql(sa.text("SELECT email, consent_basis FROM contacts ORDER BY email"))
            return {row.email: row.consent_basis for row in rows}

    def set_consent(self, address: str, basis: str) -> None:
        """A person says what they know of somebody's consent."""
        with self.tools.database.write() as session:
            values = {"basis": basis, "address": address}
            session.sql(sa.text("UPDATE contacts SET consent_basis = :basis WHERE email = :address"), values)

    def accounts(self) -> str:
        return self.tools.call(AccountPage, "list_accounts").text()

    def take_once(self, sub_type: str, path: Path) -> Import:
        """Import a file, which must succeed."""
        run = self._start(sub_type, path)
        assert run.status is RunStatus.COMPLETED, run.text()
        return Import(orjson.loads(run.result), run.text())

    def _start(self, sub_type: str, path: Path) -> RunWithSteps:
        started = self.tools.call_as(Caller(Face.CLI), RunView, "start_sync", sub_type=sub_type, file=str(path))
        return self.tools.call(RunWithSteps, "get_run", run_id=started.id)


@pytest.fixture
def imports(sqlite_database: Database) -> Importer:
    return Importer(sqlite_database)


def test_a_day_that_is_not_certain_is_told_by_its_line_and_the_person_comes_in(
    imports: Importer, tmp_path: Path
) -> None:
    rows = [
        connection("Ada A", "15.03.2023"),
        connection("Bob B", "03/04/2023"),
        connection("Cy C", "Mar-23"),
        connection("Di D", "45000"),
        connection("Ed E", "15 Mar 2031"),
    ]
    done = imports.take("linkedin_contacts", connections(tmp_path / "Connections.csv", *rows, delimiter=";"))
    facts = imports.facts()
    assert {name: each.get("connected_at") for name, each in facts.items()} == {
        **dict.fromkeys(("Ada A", "Di D"), "2023-03-15"),
        **dict.fromkeys(("Bob B", "Cy C", "Ed E"), None),
    }
    assert (facts["Bob B"]["connected_on"], facts["Cy C"]["connected_on"]) == ("03/04/2023", "Mar-23")
    assert done.reasons == [(2, ["line 3: 03/04/2023", "line 4: Mar-23"]), (1, ["line 6: 2031-03-15"])]
    assert done.result["people"] == {"added": 5, "updated": 0, "known": 0}
    assert "2 not understood: Connected On: not one certain day (lines 3, 4)." in done.text
    assert "1 not understood: a date in the future (line 6)." in done.text


def test_a_row_with_fewer_columns_than_the_header_is_an_error_and_nobody(imports: Importer, tmp_path: Path) -> None:
    file = connections(tmp_path / "Connections.csv", connection("Ada A"), ["Bob", "B"], connection("Cy C")[:6], [""])
    done = imports.take("linkedin_contacts", file)
    assert imports.names() == ["Ada A"]
    assert (done.result["errorCount"], done.result["skipped"]) == (2, 0)
    assert [error.partition(": ")[0] for error in done.result["errors"]] == ["line 3", "line 4"]
    assert "2 columns where the header has 7" in done.result["errors"][0]
    assert "2 lines could not be read: " in done.text
    assert "2 columns where the header has 7 (line 3)" in done.text


def test_a_header_that_ends_in_empty_columns_does_not_make_its_rows_short(imports: Importer, tmp_path: Path) -> None:
    file = table(tmp_path / "Connections.csv", (*CONNECTION_COLUMNS, "", ""), connection("Ada A"))
    assert imports.take("linkedin_contacts", file).result["errorCount"] == 0
    assert imports.names() == ["Ada A"]


def test_rows_that_stand_in_one_cell_each_are_read(imports: Importer, tmp_path: Path) -> None:
    file = connections(tmp_path / "Connections.csv", connection("Ada A", company="Engines, Inc."), connection("Bob B"))
    done = imports.take("linkedin_contacts", each_row_in_one_cell(file))
    assert [(contact["name"], contact["company"]) for contact in imports.contacts()] == [
        ("Ada A", "Engines, Inc."),
        ("Bob B", "Acme"),
    ]
    assert done.result["errorCount"] == 0


def test_a_header_in_an_unknown_language_may_have_semicolons(imports: Importer, tmp_path: Path) -> None:
    file = table(tmp_path / "C.csv", "ABCDEFG", connection("Ada A"), delimiter=";")
    imports.take("linkedin_contacts", file)
    assert imports.names() == ["Ada A"]


def test_what_a_spreadsheet_has_spoilt_of_a_connection_is_told(imports: Importer, tmp_path: Path) -> None:
    rows = [
        connection("Ada A", company="#NAME?"),
        ["#NAME?", "Bee", "https://www.linkedin.com/in/bee", "", "Acme", "CTO", "15 Mar 2023"],
        ["#WERT!", "#NAME?", "https://www.linkedin.com/in/who", "", "Acme", "CTO", "########"],
        connection("Cy C", url='=HYPERLINK("https://www.linkedin.com/in/cy";"cy")'),
        connection("Di D", url="https://www.linkedin.com/sales/lead/1", email="di at example"),
        ["", "", "", "", "", "", "15 Mar 2023"],
    ]
    done = imports.take("linkedin_contacts", connections(tmp_path / "Connections.csv", *rows))
    assert imports.names() == ["Ada A", "Bee", "Cy C", "Di D"]
    assert imports.contacts()[0]["company"] is None
    assert done.result["errors"] == ["line 4: Connections.csv: a spreadsheet has spoilt the name: #WERT!"]
    assert sorted(example for _, examples in done.reasons for example in examples) == [
        "line 2: #NAME?",
        "line 3: #NAME?",
        "line 6: di at example",
        "line 6: https://www.linkedin.com/sales/lead/1",
    ]
    assert done.skips == [(1, ["line 7"])]
    assert "1 skipped: no name, as LinkedIn leaves it for accounts that were closed (line 7)." in done.text


@pytest.mark.parametrize("copy", ["Connections (1).csv", "Connections copy.csv", "Connections - Kopie.csv"])
def test_the_exact_name_is_read_before_its_copy_which_is_named(imports: Importer, tmp_path: Path, copy: str) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    connections(folder / copy, connection("Ada A", company="Old"))
    connections(folder / "Connections.csv", connection("Ada A", company="New"), connection("Bob B"))
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as container:
        for file in folder.iterdir():
            container.write(file, file.name)
    for path in (folder, tmp_path / "export.zip"):
        done = imports.take_once("linkedin_contacts", path)
        assert done.result["filesLeftOut"] == [copy]
        assert copy in done.text
    assert {contact["name"]: contact["company"] for contact in imports.contacts()} == {"Ada A": "New", "Bob B": "Acme"}


def test_two_files_of_one_name_in_two_folders_are_not_mixed(imports: Importer, tmp_path: Path) -> None:
    for place, name in (("a", "Ada A"), ("b/older", "Bob B")):
        (tmp_path / "export" / place).mkdir(parents=True)
        connections(tmp_path / "export" / place / "Connections.csv", connection(name))
    done = imports.take("linkedin_contacts", tmp_path / "export")
    assert imports.names() == ["Ada A"]
    assert done.result["filesLeftOut"] == ["b/older/Connections.csv"]


def test_people_messages_and_invitations_are_counted_apart(imports: Importer, tmp_path: Path) -> None:
    packed = linkedin_zip(tmp_path / "export.zip", 5, 12)
    shutil.unpack_archive(packed, tmp_path / "export")
    me, zed = "https://www.linkedin.com/in/me-owner", "https://www.linkedin.com/in/zed"
    columns = ("From", "To", "Sent At", "Message", "Direction", "inviterProfileUrl", "inviteeProfileUrl")
    table(
        tmp_path / "export" / "Invitations.csv",
        columns,
        ["Me Owner", "Zed Z", "7/8/26, 3:43 PM", "", "OUTGOING", me, zed],
        ["Me Owner", "Zed Z", "07/08/2026", "", "OUTGOING", me, zed],
        ["Me Owner", "Zed Z", "7/8/26, 3:43 PM", "", "gesendet", me, zed],
    )
    done = imports.take("linkedin_contacts", tmp_path / "export")
    assert done.result["people"] == {"added": 6, "updated": 0, "known": 0}
    assert done.result["messages"] == {"added": 12, "updated": 0, "known": 0}
    assert done.result["invitations"] == {"added": 2, "updated": 0, "known": 1}
    assert "posts" not in done.result
    assert (done.result["added"], done.result["skipped"], len(imports.contacts())) == (19, 1, 6)
    assert (done.reasons, done.skips) == ([(1, ["line 3"])], [])
    assert "6 people added. 12 messages added. 2 invitations added, 1 known already." in done.text
    assert "LinkedIn Connections: 6 people, 12 messages, 2 invitations" in imports.accounts()


@pytest.mark.parametrize("word", ["TRUE", "WAHR", "VRAI", "1", "x", "Ja", "VERDADERO", "=TRUE()", "ИСТИНА", "はい"])
def test_yes_is_understood_in_any_language(imports: Importer, tmp_path: Path, word: str) -> None:
    file = subscribers(
        tmp_path / "email_list.pub.csv",
        ["off@example.com", "FALSE", "", "", word],
        ["paid@example.com", word, "", "yearly", "FALSCH"],
    )
    done = imports.take("substack_contacts", file)
    facts = imports.facts()
    assert facts["off@example.com"]["relations"] == ["email_disabled"]
    assert facts["paid@example.com"]["relations"] == ["subscriber", "paid_subscriber"]
    assert done.reasons == []


def test_an_unknown_word_in_a_list_of_subscribers_falls_to_the_safe_side(imports: Importer, tmp_path: Path) -> None:
    file = subscribers(
        tmp_path / "email_list.pub.csv",
        ["off@example.com", "FALSE", "", "", "vielleicht"],
        ["unpaid@example.com", "aktiv?", "", "yearly", "0"],
        ["plan@example.com", "1", "", "wonderful", "0", "03/04/2024"],
    )
    done = imports.take("substack_contacts", file)
    facts = imports.facts()
    assert {name: each["relations"] for name, each in facts.items()} == {
        "off@example.com": ["email_disabled"],
        "unpaid@example.com": ["subscriber"],
        "plan@example.com": ["subscriber"],
    }
    assert facts["plan@example.com"]["connected_on"] == "03/04/2024"
    assert sorted(example for _, examples in done.reasons for example in examples) == [
        "line 2: vielleicht",
        "line 3: aktiv?",
        "line 4: 03/04/2024",
        "line 4: wonderful",
    ]
    assert "email_disabled: neither yes nor no, counted as yes (line 2)" in done.text


def test_a_reader_who_asked_to_be_deleted_is_left_out(imports: Importer, tmp_path: Path) -> None:
    file = subscribers(
        tmp_path / "email_list.pub.csv",
        ["ada@example.com", "FALSE", "", "", "FALSE", "15.01.2024 10:00"],
        ["12345@Deletion-Request.substack.com", "FALSE", "", "", "FALSE"],
        ["ADA@example.com", "FALSE", "", "", "FALSE"],
        delimiter=";",
    )
    done = imports.take("substack_contacts", file)
    assert imports.names() == ["ada@example.com"]
    assert imports.facts()["ada@example.com"]["connected_at"] == "2024-01-15"
    assert done.skips == [(1, ["line 3"]), (1, ["line 4"])]
    assert "1 skipped: a reader who asked Substack to be deleted (line 3)." in done.text


def test_an_address_that_stands_twice_keeps_the_wish_for_no_more_mail(imports: Importer, tmp_path: Path) -> None:
    file = subscribers(
        tmp_path / "email_list.pub.csv",
        ["ada@example.com", "TRUE", "", "yearly", "FALSE"],
        ["Ada@example.com", "FALSE", "", "", "FALSE"],
        ["ADA@example.com", "FALSE", "", "", "TRUE"],
    )
    done = imports.take("substack_contacts", file)
    assert imports.facts()["ada@example.com"]["relations"] == ["subscriber", "paid_subscriber", "email_disabled"]
    assert done.skips == [(1, ["line 3"])]


def test_a_copy_of_the_list_of_subscribers_is_named(imports: Importer, tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    for name, address in (("email_list.pub (1).csv", "old@example.com"), ("email_list.pub.csv", "ada@example.com")):
        subscribers(tmp_path / "export" / name, [address, "FALSE", "", "", "FALSE"])
    table(tmp_path / "export" / "1.opens.csv", ("post_id", "email"), ["1", "ada@example.com"])
    done = imports.take("substack_contacts", tmp_path / "export")
    assert (imports.names(), done.result["filesLeftOut"]) == (["ada@example.com"], ["email_list.pub (1).csv"])


@pytest.mark.parametrize(
    ("kind", "relations"),
    [
        ("Yearly subscriber", ["subscriber", "paid_subscriber"]),
        ("Monthly Subscriber", ["subscriber", "paid_subscriber"]),
        ("Founding member", ["subscriber", "paid_subscriber"]),
        ("Free", ["subscriber"]),
        ("Comp", ["subscriber"]),
        ("Somebody", ["subscriber"]),
    ],
)
def test_the_newest_columns_of_the_dashboard_are_read(
    imports: Importer, tmp_path: Path, kind: str, relations: Sequence[str]
) -> None:
    columns = ("Email", "Name", "Subscription type", "Subscription date", "Subscriber country")
    row = ["ada@example.com", "Ada Example", kind, "2024-01-15T10:00:00.000Z", "GB"]
    done = imports.take("substack_contacts", table(tmp_path / "subscribers.csv", columns, row))
    (facts,) = imports.facts().values()
    assert (facts["relations"], facts["connected_at"]) == (relations, "2024-01-15")
    assert imports.contacts()[0]["location"] == "GB"
    assert done.reasons == ([(1, ["line 2: Somebody"])] if kind == "Somebody" else [])


def test_a_post_that_may_not_be_published_is_a_draft(imports: Importer, tmp_path: Path) -> None:
    columns = ("post_id", "post_date", "is_published", "type", "title")
    rows = [
        ["1.a", "15.01.2024 10:00", "WAHR", "newsletter", "A"],
        ["2.b", "03/04/2024", "FAUX", "newsletter", "B"],
        ["3.c", "", "peut-être", "newsletter", "C"],
        ["4.d", "", "1", "page", "D"],
    ]
    done = imports.take("substack_posts", table(tmp_path / "posts.csv", columns, *rows))
    assert done.result["posts"] == {"added": 3, "updated": 0, "known": 0}
    assert done.reasons == [(1, ["line 3: 03/04/2024"]), (1, ["line 4: peut-être"])]
    assert done.skips == [(1, ["line 5"])]
    assert "3 posts added" in done.text


def test_what_programs_write_where_they_know_nothing_is_no_value(imports: Importer, tmp_path: Path) -> None:
    row = {"First Name": "NULL", ADDRESS: "Ada Example <ada@example.com>; bea@example.com", PHONE: "None"}
    imports.take("gmail_contacts", google_contacts(tmp_path / "a.csv", {**row, "Organization Name": "nan"}))
    null = connection("Bob Null", "N/A", company="NULL", email="bob@example.com, b.null@example.com")
    nobody = connection("LinkedIn Member", "", url="")
    done = imports.take("linkedin_contacts", connections(tmp_path / "Connections.csv", null, nobody))
    assert done.reasons == []
    assert {(each["name"], each["email"], each["company"], each["phone"]) for each in imports.contacts()} == {
        ("ada@example.com", "ada@example.com", None, None),
        ("Bob Null", "bob@example.com", None, None),
    }


def test_what_a_spreadsheet_has_spoilt_of_an_address_book_is_told(imports: Importer, tmp_path: Path) -> None:
    file = google_contacts(
        tmp_path / "contacts.csv",
        {"First Name": "Ada", ADDRESS: "ada@example.com", PHONE: "4.41632E+11", "Birthday": "02.05.1980"},
        {"First Name": "Bob", ADDRESS: "bob@example.com", PHONE: '="+4930123456"', "Birthday": "5/2/1980"},
        {"First Name": "#NAME?", ADDRESS: "zoe@example.org", PHONE: "#ERROR!", "Birthday": "2031-01-01"},
        {"Organization Name": "#REF!", PHONE: "4,91512e+11"},
        {"First Name": "Eve", ADDRESS: "eve at example", "Labels": "* ::: Friends", "E-mail 1 - Label": "* "},
    )
    done = imports.take("gmail_contacts", file)
    assert {contact["name"]: contact["phone"] for contact in imports.contacts()} == {
        "Ada": None,
        "Bob": "+4930123456",
        "zoe@example.org": None,
        "Eve": None,
    }
    facts = imports.facts()
    assert (facts["Ada"]["birthday"], facts["Bob"]["birthday"]) == ("1980-05-02", "5/2/1980")
    assert done.result["errorCount"] == 1
    assert done.result["errors"][0].startswith("line 5: ")
    assert sorted(example for _, examples in done.reasons for example in examples) == [
        "line 2: 4.41632E+11",
        "line 3: 5/2/1980",
        "line 4: #ERROR!",
        "line 4: #NAME?",
        "line 4: 2031-01-01",
        "line 6: eve at example",
    ]


def test_an_entry_that_stands_twice_and_says_more_is_not_left_out(imports: Importer, tmp_path: Path) -> None:
    ada = {"First Name": "Ada", ADDRESS: "ada@example.com"}
    rows = [ada, ada | {"Notes": "Met in Rome", "Birthday": "1980-05-02"}, ada]
    done = imports.take("gmail_contacts", google_contacts(tmp_path / "contacts.csv", *rows))
    assert [(contact["name"], contact["notes"]) for contact in imports.contacts()] == [("Ada", "Met in Rome")]
    assert done.skips == [(1, ["line 4"])]
    assert "1 skipped: the same entry stands further up in this file (line 4)." in done.text


@pytest.mark.parametrize(
    ("row", "names"),
    [
        ({"First Name": "Example, Ada"}, ("Ada Example", "Ada", "Example")),
        ({"First Name": "Ada, PhD"}, ("Ada, PhD", "Ada, PhD", None)),
        ({"First Name": "ada@example.com", "Last Name": "NULL"}, ("ada@example.com", None, None)),
        ({"First Name": "Ada", "Last Name": "ada@example.org"}, ("Ada", "Ada", None)),
    ],
)
def test_nobody_is_greeted_by_an_address_or_by_the_family_name(
    imports: Importer, tmp_path: Path, row: dict[str, str], names: tuple[str | None, ...]
) -> None:
    imports.take("gmail_contacts", google_contacts(tmp_path / "contacts.csv", row | {ADDRESS: "ada@example.com"}))
    (ada,) = imports.contacts()
    assert (ada["name"], ada["first_name"], ada["last_name"]) == names


def test_an_entry_with_an_address_of_programs_alone_is_nobody(imports: Importer, tmp_path: Path) -> None:
    shop = {"First Name": "Shop", ADDRESS: "no-reply@shop.example"}
    rows = [shop, shop | {"First Name": "Ann", PHONE: "+4930123456"}]
    done = imports.take("gmail_contacts", google_contacts(tmp_path / "contacts.csv", *rows))
    assert imports.names() == ["Ann"]
    assert done.skips == [(1, ["line 2"])]
    assert "an address that programs write from, and nobody's (line 2)" in done.text


@pytest.mark.parametrize(
    "columns",
    [
        ("id", "email", "name", "note", "subscribed_to_emails", "created_at", "labels"),
        ("Name", "Labels"),
        ("First Name", "Last Name", "E-mail Address", "Labels", "Photo", "File As", "Middle Name"),
        ("Name", "E-mail 1 - Label", "Labels"),
        ("First Name", "Last Name", "Company", "Position", "Email"),
        ("First Name", "Last Name", "Email", "Phone", "Tags"),
    ],
)
def test_a_table_in_which_nobody_has_an_address_or_a_number_is_nobodys_list(
    imports: Importer, tmp_path: Path, columns: Sequence[str]
) -> None:
    file = table(tmp_path / "list.csv", columns, ["x"] * len(columns))
    for sub_type in ("gmail_contacts", "linkedin_contacts", "substack_contacts"):
        assert "It can be imported as" not in imports.refuse(sub_type, file)


def test_an_address_book_in_which_nobody_has_an_address_is_googles_all_the_same(
    imports: Importer, tmp_path: Path
) -> None:
    row = dict.fromkeys(GOOGLE_COLUMNS, "") | {"First Name": "Ada", "Labels": "* myContacts"}
    imports.take("gmail_contacts", table(tmp_path / "contacts.csv", GOOGLE_COLUMNS, row.values()))
    assert imports.names() == ["Ada"]


def test_no_message_lies_in_the_future(imports: Importer, tmp_path: Path) -> None:
    lines = ["From - Mon Nov  2 09:00:00 2026", "From: Ada A <ada@example.com>", "To: me@example.com",
             "Date: Wed, 1 Jan 2098 00:00:00 +0000", "Message-ID: <1@example.com>", "", "Hi", ""]  # fmt: skip
    (tmp_path / "mail.mbox").write_text("\n".join(lines))
    done = imports.take("gmail_metadata", tmp_path / "mail.mbox")
    (ada,) = imports.contacts()
    assert (
        ada["last_interaction_at"] is None
        or ada["last_interaction_at"] <= datetime(2026, 11, 3, tzinfo=UTC).timestamp()
    )
    assert done.reasons == [(1, ["line 1: 2098-01-01"])]


@pytest.mark.parametrize(
    ("column", "word"),
    [
        ("Unsubscribed", "yes"),
        ("Email Opt Out", "WAHR"),
        ("Do not contact", "x"),
        ("Unsubscribed Date", "2024-03-01"),
        ("UNSUB_TIME", "2024-03-01 10:00:00"),
        ("Abgemeldet", "Ja"),
        ("Désabonné", "VRAI"),
        ("Marketing Consent", "no"),
        ("Accepts Email Marketing", "nein"),
        ("Subscribed", "0"),
        ("Email Status", "Unsubscribed"),
        ("Opt-out", "perhaps"),
        ("Email Opt In", "perhaps"),
    ],
)
def test_who_wants_no_letters_by_their_list_is_not_written_to(
    imports: Importer, tmp_path: Path, column: str, word: str
) -> None:
    names = f"First Name,Last Name,E-mail 1 - Value,{column}\n"
    (tmp_path / "list.csv").write_text(f"{names}Ada,Example,ada@example.com,{word}\nBo,Sample,bo@example.com,\n")
    done = imports.take("gmail_contacts", tmp_path / "list.csv")
    assert "1 wants no letters (consent: refused), so no sequence writes to them." in done.text
    assert imports.consents() == {"ada@example.com": "refused", "bo@example.com": None}
    assert ("neither yes nor no, counted as a wish for no letters (line 2)" in done.text) == (word == "perhaps")


@pytest.mark.parametrize(
    ("column", "word"),
    [
        ("Unsubscribed", "no"),
        ("Email Opt Out", "FALSCH"),
        ("Marketing Consent", "yes"),
        ("Email Opt In Date", "2024-03-01"),
        ("Unsubscribe Link", "https://example.com/u/1"),
        ("Email Status", "Subscribed"),
        ("Notes", "Do not contact before noon"),
    ],
)
def test_what_is_no_wish_for_silence_leaves_consent_as_it_was(
    imports: Importer, tmp_path: Path, column: str, word: str
) -> None:
    names = f"First Name,Last Name,E-mail 1 - Value,{column}\n"
    (tmp_path / "list.csv").write_text(f"{names}Ada,Example,ada@example.com,{word}\n")
    imports.take("gmail_contacts", tmp_path / "list.csv")
    assert imports.consents() == {"ada@example.com": None}


def test_what_a_person_has_on_record_of_somebodys_consent_stays(imports: Importer, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("First Name,Last Name,E-mail 1 - Value,Unsubscribed\nAda,Example,ada@example.com,yes\n")
    imports.take("gmail_contacts", file)
    imports.set_consent("ada@example.com", "customer")
    imports.take("gmail_contacts", file)
    assert imports.consents() == {"ada@example.com": "customer"}
