"""Address books unlike the samples."""

import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onelane.tools.platforms.exports import open_export, recognise
from onelane.tools.platforms.formats.contact_details import parse_email, parse_phone
from onelane.tools.platforms.formats.records import BadLine, PersonRecord, SkippedLine
from tests.samples.google import google_csv, takeout_zip, vcards
from tests.tools.platforms.reading import only, people, read, write

OLDER = (
    "Name,Given Name,Additional Name,Family Name,Given Name Yomi,Notes,Group Membership,E-mail 1 - Type,"
    "E-mail 1 - Value,E-mail 2 - Type,E-mail 2 - Value,Phone 1 - Type,Phone 1 - Value,Organization 1 - Name,"
    "Organization 1 - Title\n"
)


def card(*lines: str, version: str = "3.0") -> str:
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])


def test_the_header_before_2024_is_read(tmp_path: Path) -> None:
    row = "Ada Example,Ada,,Example,エイダ,Met in London,Friends ::: * My Contacts,* Home,ada@example.com,Work,a@b,"
    row += "Mobile,020 7946,Engines,CTO\n"
    (ada,) = people("gmail_contacts", write(tmp_path / "contacts.csv", OLDER + row))
    assert (ada.name, ada.company, ada.title, ada.notes) == ("Ada Example", "Engines", "CTO", "Met in London")
    assert [(email.address, email.label) for email in ada.emails] == [("ada@example.com", "Home")]
    assert ada.tags == ("Friends", "My Contacts")
    assert ada.phones == ("020 7946",)
    assert ada.extra == {"phonetic_first_name": "エイダ", "invalid_emails": ["a@b"]}


def test_a_name_before_a_marriage_is_kept(tmp_path: Path) -> None:
    text = "Name,Maiden Name,E-mail 1 - Value\nAda Example,Byron,ada@example.com\n"
    (ada,) = people("gmail_contacts", write(tmp_path / "contacts.csv", text))
    assert ada.extra == {"maiden_name": "Byron"}


def test_both_generations_say_the_same(tmp_path: Path) -> None:
    new = people("gmail_contacts", google_csv(tmp_path / "new.csv", 200))
    old = people("gmail_contacts", google_csv(tmp_path / "old.csv", 200, generation="older"))
    assert new == old


def test_a_google_csv_in_the_old_encoding_with_few_columns_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "google.csv", "Name,E-mail 1 - Value\nZoë,zoe@example.org ::: ZOE@example.org\n", "utf-16")
    (zoe,) = people("gmail_contacts", path)
    assert (zoe.name, [email.normalized for email in zoe.emails]) == ("Zoë", ["zoe@example.org"])


def test_a_bare_address_is_somebody_and_an_empty_row_is_nobody(tmp_path: Path) -> None:
    path = write(
        tmp_path / "google.csv", "First Name,Labels,E-mail 1 - Value\n,* myContacts,zoe@example.org\n,* myContacts,\n"
    )
    somebody, nobody = read("gmail_contacts", path)
    assert isinstance(somebody, PersonRecord)
    assert (somebody.name, somebody.emails[0].address) == (None, "zoe@example.org")
    assert isinstance(nobody, SkippedLine)


def test_the_same_entry_twice_in_a_file_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "google.csv", "First Name,E-mail 1 - Value\nZoë,zoe@example.org\nZoë,zoe@example.org\n")
    assert [type(item) for item in read("gmail_contacts", path)] == [PersonRecord, SkippedLine]


@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_vcards_of_both_versions_are_read(tmp_path: Path, version: str) -> None:
    text = card(
        "FN:Ada King Example",
        "N:Example;Ada;King;;",
        "item1.EMAIL;TYPE=INTERNET:ada@example.com",
        "item1.X-ABLabel:_$!<Work>!$_",
        "EMAIL;PREF=1;TYPE=home:ada.home@example.com",
        "TEL;VALUE=uri;TYPE=cell:tel:+1-212-555-0123",
        "ORG:Analytical Engines\\, Inc.;Research;Mills",
        "ADR;TYPE=HOME:;;12 Test St;London;;;GB",
        "BDAY:18151210",
        "NOTE:one\\ntwo\\; three",
        "CATEGORIES:Friends,VIP",
        "UID:urn:uuid:1",
        version=version,
    )
    (ada,) = people("gmail_contacts", write(tmp_path / "contacts.vcf", text))
    assert [(email.address, email.label) for email in ada.emails] == [
        ("ada.home@example.com", "Home"),
        ("ada@example.com", "Work"),
    ]
    assert (ada.phones, ada.company, ada.location) == (("+12125550123",), "Analytical Engines, Inc.", "London, GB")
    assert (ada.birthday, ada.notes, ada.tags) == ("1815-12-10", "one\ntwo; three", ("Friends", "VIP"))
    assert ada.extra == {
        "department": "Research, Mills",
        "uid": "urn:uuid:1",
        "custom_fields": {"address (home)": "12 Test St, London, GB"},
    }


def test_organisations_and_groups_are_told_from_people(tmp_path: Path) -> None:
    text = card("FN:Acme", "N:;;;;", "ORG:Acme", "X-ABShowAs:COMPANY")
    text += card("FN:Acme GmbH", "KIND:org", version="4.0") + card("FN:Friends", "KIND:group", version="4.0")
    text += card("FN:", "N:;;;;", "ORG:Nameless Ltd") + card("FN:Club", "X-ADDRESSBOOKSERVER-KIND:group")
    items = read("gmail_contacts", write(tmp_path / "contacts.vcf", text))
    assert [person.name for person in only(PersonRecord, items) if person.is_organisation] == [
        "Acme",
        "Acme GmbH",
        "Nameless Ltd",
    ]
    assert [item.line for item in only(SkippedLine, items)] == [13, 24]


def test_pictures_are_passed_over(tmp_path: Path) -> None:
    picture = ["PHOTO;ENCODING=b;TYPE=JPEG:" + "A" * 70, *[" " + "B" * 70] * 30_000]
    path = write(tmp_path / "contacts.vcf", card("FN:Ada Example", *picture, "EMAIL:ada@example.com"))
    assert people("gmail_contacts", path)[0].emails[0].address == "ada@example.com"


@pytest.mark.parametrize(
    ("broken", "names", "line"),
    [
        ("BEGIN:VCARD\r\nVERSION:3.0\r\nthis is no property\r\nEND:VCARD\r\n", ["Ada", "Grace"], 7),
        ("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Cut off\r\n", ["Ada", "Cut off", "Grace"], 5),
        (card("FN:Long", "NOTE:" + "x" * 2_000_000), ["Ada", "Long", "Grace"], 8),
    ],
)
def test_a_bad_line_of_a_card_costs_itself_alone_and_is_named(
    tmp_path: Path, broken: str, names: list[str], line: int
) -> None:
    path = write(tmp_path / "contacts.vcf", card("FN:Ada") + broken + card("FN:Grace"))
    items = read("gmail_contacts", path)
    assert [person.name for person in only(PersonRecord, items)] == names
    assert [bad.line for bad in only(BadLine, items)] == [line]


def test_a_file_that_ends_in_a_card_keeps_its_person_and_says_so(tmp_path: Path) -> None:
    items = read("gmail_contacts", write(tmp_path / "contacts.vcf", card("FN:Ada") + "BEGIN:VCARD\r\nFN:Grace\r\n"))
    assert [type(item) for item in items] == [PersonRecord, PersonRecord, BadLine]


@given(st.lists(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=30), max_size=5))
def test_no_card_upsets_the_reader(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    path = write(tmp_path_factory.mktemp("vcf") / "c.vcf", card("FN:Ada", *lines) + card("FN:Grace"))
    assert "Grace" in {person.name for person in only(PersonRecord, read("gmail_contacts", path))}


def test_a_takeout_with_a_csv_and_groups_in_another_language(tmp_path: Path) -> None:
    book = vcards(tmp_path / "all.vcf", 5).read_bytes()
    vip = vcards(tmp_path / "vip.vcf", 2).read_bytes()
    with zipfile.ZipFile(tmp_path / "takeout.zip", "w") as container:
        container.writestr("Takeout/Kontakte/A-Gruppe/A-Gruppe.vcf", vip)
        container.writestr("Takeout/Kontakte/Alle Kontakte/Alle Kontakte.vcf", book)
        container.writestr("Takeout/Kontakte/A-Gruppe/photo.jpg", b"\xff\xd8\xff")
    assert len(people("gmail_contacts", tmp_path / "takeout.zip")) == 5
    assert recognise(tmp_path / "takeout.zip") == ["gmail_contacts"]


def test_an_import_of_a_takeout_goes_on_where_it_stopped(tmp_path: Path) -> None:
    export = open_export("gmail_contacts", takeout_zip(tmp_path / "takeout.zip", 30, 0))
    whole = list(export.items())
    assert len(whole) == 30
    assert list(export.items(17)) == whole[17:]


@pytest.mark.parametrize(
    ("written", "normalized"),
    [
        ("Ada@Example.COM", "ada@example.com"),
        (" ada+tag@sub.example.co.uk ", "ada+tag@sub.example.co.uk"),
        ("mailto:ada@example.com", "ada@example.com"),
        ("ü@example.com", "ü@example.com"),
        ("ada@bücher.example.com", "ada@bücher.example.com"),
        ("p1@corp1.test", "p1@corp1.test"),
        ("\u202aada@example.com\u200b", "ada@example.com"),
        ("<ada@example.com>;", "ada@example.com"),
        ("ada@example.com.", "ada@example.com"),
    ],
)
def test_valid_addresses_are_kept(written: str, normalized: str) -> None:
    email = parse_email(written)
    assert email is not None
    assert email.normalized == normalized


@pytest.mark.parametrize(
    "written",
    ["", "ada", "ada@", "@example.com", "ada@example", "a..b@example.com", ".a@example.com", "a@b@example.com",
     "a b@example.com", "ada@-example.com", "a" * 65 + "@example.com", "a@" + "b" * 300 + ".com",
     "Ada <ada@example.com>", "ada@example.com, eve@example.com"],
)  # fmt: skip
def test_a_value_that_is_no_address_is_refused(written: str) -> None:
    assert parse_email(written) is None


def test_numbers_are_written_one_way_where_they_say_their_country() -> None:
    assert parse_phone("+1 (212) 555-0123") == parse_phone("tel:+1-212-555-0123") == "+12125550123"
    assert parse_phone(" 030 1234567 ") == "030 1234567"
    assert (parse_phone("'+12125550123"), parse_phone("49301234567.0")) == ("+12125550123", "49301234567")
    assert parse_phone("tel:30-1234567;phone-context=+49") == "+49301234567"
    assert parse_phone("+999 nonsense") == "+999 nonsense"
    assert (parse_phone("00 49 30 12345678"), parse_phone("00 12")) == ("+493012345678", "00 12")


@pytest.mark.parametrize(
    "desk",
    [" x12", " ext. 12", ";ext=12", ", 12", ",,12#", "p12", "w12", " доб. 12", " int. 12", " Durchwahl 12"],
)
def test_the_number_of_a_desk_stays_behind_that_of_its_company(desk: str) -> None:
    assert parse_phone(f"+1 (212) 555-0123{desk}") == "+12125550123 ext. 12"
    assert parse_phone(f"030 1234567{desk}") == f"030 1234567{desk}"
