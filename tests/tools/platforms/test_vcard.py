"""vCards as telephones, mail programs and converters really write them."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from onelane.tools.platforms.exports import recognise
from onelane.tools.platforms.formats.records import BadLine, PersonRecord, SkippedLine
from tests.tools.platforms.reading import only, people, read, write


def book(path: Path, *lines: str | bytes, end: bytes = b"\r\n") -> Path:
    """A file with these lines, each text in UTF-8."""
    path.write_bytes(b"".join((line.encode() if isinstance(line, str) else line) + end for line in lines))
    return path


def card(path: Path, *lines: str | bytes, version: str = "3.0", end: bytes = b"\r\n") -> PersonRecord:
    """The one person of a file with one card of these lines."""
    file = book(path / "book.vcf", "BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", end=end)
    (person,) = people("gmail_contacts", file)
    return person


def test_a_comma_in_a_single_value_is_part_of_it(tmp_path: Path) -> None:
    ada = card(
        tmp_path,
        "N:Example;Ada;;;PhD, MBA",
        "FN:Ada Example, PhD",
        "ORG:Engines, Inc.;R&D, Tools",
        "TITLE:Engineer, Software",
        "NOTE:Met in Rome, liked the plan\\, call; back",
        "URL:https://www.example.com/a,b;c",
        "ADR:;;1 Road, Flat 2;Rome, Lazio;;;Italy",
        "NICKNAME:Gracie, Gee",
        "CATEGORIES:Friends, VIP",
        "EMAIL:ada@example.com",
        version="2.1",
    )
    assert (ada.name, ada.company, ada.title) == ("Ada Example, PhD", "Engines, Inc.", "Engineer, Software")
    assert ada.notes == "Met in Rome, liked the plan, call; back"
    assert (ada.website, ada.location) == ("https://www.example.com/a,b;c", "Rome, Lazio, Italy")
    address = {"address": "1 Road, Flat 2, Rome, Lazio, Italy"}
    assert ada.extra == {"department": "R&D, Tools", "nickname": "Gracie, Gee", "custom_fields": address}
    assert ada.tags == ("Friends", "VIP")


def test_a_fold_inside_a_character_does_not_garble_it(tmp_path: Path) -> None:
    name = "例" * 20
    raw = f"FN:{name}".encode()
    assert card(tmp_path, raw[:34] + b"\r\n " + raw[34:], "EMAIL:a@example.jp").name == name


@pytest.mark.parametrize("parameter", ["quoted-printable", "ENCODING=QUOTED-PRINTABLE", 'encoding="quoted-printable"'])
def test_quoted_printable_is_read_however_it_is_declared(tmp_path: Path, parameter: str) -> None:
    zoe = card(tmp_path, f"n;{parameter}:F=C3=BCller;Zo=C3=AB", "email;internet:zoe@example.org", version="2.1")
    assert (zoe.name, zoe.first_name, zoe.last_name) == ("Zoë Füller", "Zoë", "Füller")


@pytest.mark.parametrize("lines", [["f=FCr=", " alle=0A=", " Zeile"], ["f=FCr=", "alle=0A=", "Zeile"]])
def test_quoted_printable_goes_on_behind_soft_breaks_indented_or_not(tmp_path: Path, lines: list[str]) -> None:
    head, *rest = lines
    parameters = "ENCODING=QUOTED-PRINTABLE;CHARSET=ISO-8859-1"
    ada = card(tmp_path, "FN:Ada", f"NOTE;{parameters}:{head}", *rest, "TEL:+15550000001", version="2.1")
    assert (ada.notes, ada.phones) == ("füralle\nZeile", ("+15550000001",))


@pytest.mark.parametrize(
    "picture",
    [
        ["PHOTO;ENCODING=BASE64;JPEG:" + "A" * 72, *["A" * 72] * 30, ""],
        ["PHOTO;ENCODING=b;TYPE=JPEG:" + "A" * 3_000_000],
        ["PHOTO;ENCODING=QUOTED-PRINTABLE;JPEG:=FF=D8=", "=00=", "TEL:1=", "=FF"],
        ["SOUND;ENCODING=QUOTED-PRINTABLE;WAVE:=52"],
        ["PHOTO;ENCODING=b;TYPE=JPEG:" + "A" * 60, *[" " + "A" * 60] * 40_000],
        ["item1.LOGO:data:image/png;base64," + "A" * 72, "A" * 72],
    ],
    ids=["not indented", "one long line", "soft breaks", "a sound", "many lines", "grouped data"],
)
def test_a_picture_of_any_form_and_length_is_passed_over(tmp_path: Path, picture: list[str]) -> None:
    ada = card(tmp_path, "FN:Ada", *picture, "EMAIL:ada@example.com", version="2.1")
    assert (ada.name, ada.emails[0].address, ada.notes) == ("Ada", "ada@example.com", None)


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r"])
def test_a_note_that_goes_on_without_a_fold_stays_a_note(tmp_path: Path, end: bytes) -> None:
    lines = ["FN:Grace", "NOTE:first line", "second: line not folded", "third line", "TEL:+15550000009"]
    grace = card(tmp_path, *lines, end=end)
    assert (grace.notes, grace.phones) == ("first line\nsecond: line not folded\nthird line", ("+15550000009",))


def test_a_line_that_is_no_property_is_named_with_its_number_and_the_person(tmp_path: Path) -> None:
    file = book(tmp_path / "a.vcf", "BEGIN:VCARD", "FN:Bea Boss", "what is this", "TEL:+15550000009", "END:VCARD")
    items = read("gmail_contacts", file)
    assert [person.phones for person in only(PersonRecord, items)] == [("+15550000009",)]
    (bad,) = only(BadLine, items)
    assert bad.line == 3
    assert "Bea Boss" in bad.reason
    assert "what is this" in bad.reason


def test_an_agent_with_a_card_inside_leaves_the_outer_person(tmp_path: Path) -> None:
    inner = ["BEGIN:VCARD", "VERSION:2.1", "FN:Agent", "TEL:+15550000002", "END:VCARD"]
    bea = card(tmp_path, "FN:Bea Boss", "AGENT:", *inner, "TEL:+15550000001", version="2.1")
    assert (bea.name, bea.phones) == ("Bea Boss", ("+15550000001",))


def test_spaces_and_blank_lines_where_none_belong_cost_nothing(tmp_path: Path) -> None:
    file = book(tmp_path / "a.vcf", "BEGIN: VCARD", "FN :Ada", "", "NOTE:one", "", " two", "END: VCARD ")
    (ada,) = people("gmail_contacts", file)
    assert (ada.name, ada.notes) == ("Ada", "onetwo")


def test_escapes_are_undone_in_every_kind_of_value(tmp_path: Path) -> None:
    lines = ["N:Rp\\: Wr.no;Ada\\;B\\,C", "item1.URL:https\\://www.linkedin.com/in/ada-url"]
    ada = card(tmp_path, *lines, "EMAIL:a@b.example")
    assert (ada.last_name, ada.first_name) == ("Rp: Wr.no", "Ada;B,C")
    assert ada.website == "https://www.linkedin.com/in/ada-url"


def test_the_preferred_values_come_first_and_a_fax_last(tmp_path: Path) -> None:
    ada = card(
        tmp_path,
        "FN:Ada",
        "TEL;type=WORK;type=FAX:+4930111111",
        "TEL;type=HOME:+4930222222",
        "TEL;type=CELL;type=pref:+491701234567",
        "EMAIL:old@example.com",
        "EMAIL;PREF=2:second@example.com",
        "EMAIL;PREF=1:best@example.com",
    )
    assert ada.phones == ("+491701234567", "+4930222222", "+4930111111")
    assert [email.normalized.partition("@")[0] for email in ada.emails] == ["best", "second", "old"]


@pytest.mark.parametrize(
    ("lines", "birthday"),
    [
        (["BDAY;X-APPLE-OMIT-YEAR=1604:1604-05-02"], "--05-02"),
        (["BDAY:--0502"], "--05-02"),
        (["BDAY:0000-05-02"], "--05-02"),
        (["BDAY:1980-05-02T00:00:00Z"], "1980-05-02"),
        (["BDAY:circa 1800", "BDAY:19930102"], "1993-01-02"),
        (["BDAY:19930102", "BDAY:circa 1800"], "1993-01-02"),
    ],
)
def test_a_birthday_is_a_day_and_has_a_year_only_where_there_is_one(
    tmp_path: Path, lines: list[str], birthday: str
) -> None:
    assert card(tmp_path, "FN:Ada", *lines, "EMAIL:a@b.example").birthday == birthday


def test_profiles_on_networks_and_maiden_names_are_kept(tmp_path: Path) -> None:
    grace = card(
        tmp_path,
        "FN:Grace Sample",
        "X-SOCIALPROFILE;type=twitter:http://twitter.com/grace_social",
        "X-SOCIALPROFILE;type=linkedin;x-user=grace-social:x-apple:grace-social",
        "X-MAIDENNAME:Jungmann",
        "X-TWITTER:@grace_too",
        "X-ANDROID-CUSTOM:vnd.android.cursor.item/nickname;Amazing;1;;;;;;;;;;;;;",
    )
    profiles = [
        "http://twitter.com/grace_social",
        "https://www.linkedin.com/in/grace-social",
        "https://x.com/grace_too",
    ]
    assert grace.extra == {"profiles": profiles, "maiden_name": "Jungmann", "nickname": "Amazing"}


def test_address_books_that_were_put_one_behind_the_other_lose_nobody(tmp_path: Path) -> None:
    each = "\ufeffBEGIN:VCARD\r\nVERSION:3.0\r\nFN:{}\r\nEND:VCARD\r\n"
    file = write(tmp_path / "both.vcf", each.format("Ada") + each.format("Bea"))
    assert [person.name for person in people("gmail_contacts", file)] == ["Ada", "Bea"]


def test_how_a_telephone_of_japan_spells_a_name_is_kept_and_a_recording_is_not(tmp_path: Path) -> None:
    lines = [
        "N:愛川;翼",
        "SOUND;X-IRMC-N:アイカワ;ツバサ;;;",
        "SOUND;ENCODING=BASE64:AAAA",
        "AAAA",
        "",
        "TEL:+15550000001",
    ]
    tsubasa = card(tmp_path, *lines, version="2.1")
    assert tsubasa.extra == {"phonetic_last_name": "アイカワ", "phonetic_first_name": "ツバサ"}


def test_several_names_in_one_place_stand_apart_by_spaces(tmp_path: Path) -> None:
    rene = card(tmp_path, "N:Sample,Ünal;René,J.;Ann,Marie;;", 'NICKNAME:"Teo"', "NOTE:a\\n\\nb", version="4.0")
    assert (rene.first_name, rene.last_name, rene.notes) == ("René J.", "Sample Ünal", "a\n\nb")
    assert rene.extra["nickname"] == "Teo"


def test_a_note_in_quoted_printable_has_plain_line_ends(tmp_path: Path) -> None:
    note = "NOTE;ENCODING=QUOTED-PRINTABLE:one=0D=0A=0D=0Atwo=0D=0A"
    picture = ["X-MS-CARDPICTURE;TYPE=JPEG;ENCODING=BASE64:", " /9j/4AAQSk", ""]
    items = read("gmail_contacts", book(tmp_path / "a.vcf", "BEGIN:VCARD", "FN:Ada", note, *picture, "END:VCARD"))
    assert [(type(each), getattr(each, "notes", "")) for each in items] == [(PersonRecord, "one\n\ntwo")]


def test_a_list_of_addresses_and_an_address_behind_a_name_are_read(tmp_path: Path) -> None:
    ada = card(tmp_path, "FN:Ada", "EMAIL:two@example.com,three@example.com", "EMAIL:Ada Example <four@example.com>")
    assert [email.normalized for email in ada.emails] == ["two@example.com", "three@example.com", "four@example.com"]
    assert ada.extra == {}


def test_a_card_with_a_nickname_or_a_number_only_is_somebody(tmp_path: Path) -> None:
    number = card(tmp_path, "FN:", "N:;;;;", "TEL;TYPE=CELL:+15550000010")
    nickname = card(tmp_path, "FN:", "NICKNAME:Bobby", "NOTE:plumber")
    named = card(tmp_path, "N:;+420700111222;;", "TEL:+420700111222")
    assert card(tmp_path, "FN:Ada@Example.com", "EMAIL:ada@example.com").name is None
    assert (named.name, named.first_name) == ("+420700111222", None)
    assert (number.name, nickname.name, nickname.notes) == ("+15550000010", "Bobby", "plumber")


@pytest.mark.parametrize("kind", ["group", "location", "device", "application"])
def test_a_card_of_what_is_no_person_is_skipped(tmp_path: Path, kind: str) -> None:
    lines = ["BEGIN:VCARD", f"KIND:{kind}", "FN:Room 5", "END:VCARD", "BEGIN:VCARD", "FN:Ada", "END:VCARD"]
    items = read("gmail_contacts", book(tmp_path / "a.vcf", *lines))
    assert [person.name for person in only(PersonRecord, items)] == ["Ada"]
    assert len(only(SkippedLine, items)) == 1


@pytest.mark.parametrize("line", ["X-EPOCSECONDNAME:Yamamoto", "FN;LANGUAGE=en:Yamamoto"])
def test_what_else_somebody_is_called_is_kept(tmp_path: Path, line: str) -> None:
    assert card(tmp_path, "FN:山本", line, "EMAIL:y@example.jp").extra["nickname"] == "Yamamoto"


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        (["ADR;TYPE=HOME:;;1 Long St;Rome;;00100;Italy"], {"address (home)": "1 Long St, Rome, 00100, Italy"}),
        (["ADR:;;;Rome;;;Italy"], {}),
        (["ADR:;;A;Rome;;;", "ADR:;;B;Oslo;;;"], {"address": "A, Rome", "address #2": "B, Oslo"}),
        (
            ["ANNIVERSARY:20100605", "IMPP:xmpp:ada@im.example"],
            {"anniversary": "20100605", "im": "xmpp:ada@im.example"},
        ),
        (["X-SKYPE:ada.ex", "X-SPOUSE:Ben", "ROLE:Boss"], {"skype": "ada.ex", "spouse": "Ben", "role": "Boss"}),
        (["i.X-ABDATE:2010-06-05", "i.X-ABLabel:_$!<Anniversary>!$_"], {"anniversary": "2010-06-05"}),
        (["i.X-ABRELATEDNAMES:Ben", "i.X-ABLabel:_$!<Spouse>!$_"], {"spouse": "Ben"}),
    ],
)
def test_what_contacts_have_no_field_for_is_kept_under_its_name(
    tmp_path: Path, lines: Sequence[str], kept: dict[str, str]
) -> None:
    assert card(tmp_path, "FN:Ada", "TITLE:CTO", *lines).extra.get("custom_fields", {}) == kept


def test_a_role_is_a_title_where_there_is_none(tmp_path: Path) -> None:
    assert card(tmp_path, "FN:Ada", "ROLE:Head of Sales").title == "Head of Sales"


@pytest.mark.parametrize("semicolon", [";", "\\;"])
def test_a_semicolon_that_ends_a_character_of_the_web_parts_nothing(tmp_path: Path, semicolon: str) -> None:
    ada = card(
        tmp_path, "N:O&#39;Hara;Ada", "FN:Ada O&#39;Hara", "ORG:Smith &amp; Sons;R&amp;D".replace("p;", f"p{semicolon}")
    )
    assert (ada.name, ada.first_name, ada.last_name) == ("Ada O'Hara", "Ada", "O'Hara")
    assert (ada.company, ada.extra["department"]) == ("Smith & Sons", "R&D")


@pytest.mark.parametrize("day", ["1985-02-30", "1985-13-01"])
def test_a_birthday_that_no_year_has_is_told(tmp_path: Path, day: str) -> None:
    assert [unread.value for unread in card(tmp_path, "FN:Ada", f"BDAY:{day}").unread] == [day]


def test_lines_outside_of_any_card_are_told(tmp_path: Path) -> None:
    first = ["BEGIN:VCARD", "FN:Ada", "END:VCARD"]
    lost = ["BEGIN:VCAR", "VERSION:3.0", "FN:Bob", "END:VCARD"]
    items = read("gmail_contacts", book(tmp_path / "a.vcf", *first, "", *lost, *first[:1], "FN:Cy", "END:VCARD"))
    assert [person.name for person in only(PersonRecord, items)] == ["Ada", "Cy"]
    assert [(bad.line, bad.reason.partition(": ")[2]) for bad in only(BadLine, items)] == [
        (6, "lines outside of any card, whose BEGIN:VCARD is missing: 2")
    ]


def test_cards_behind_a_few_words_are_read_and_a_mail_with_one_is_no_address_book(tmp_path: Path) -> None:
    cards = ["BEGIN:VCARD", "FN:Ada", "END:VCARD"]
    file = book(tmp_path / "a.vcf", "", "# exported by a telephone", *cards)
    assert [person.name for person in people("gmail_contacts", file)] == ["Ada"]
    for before in ("From: Ada <ada@example.com>", "name,card,day"):
        assert recognise(book(tmp_path / "b.vcf", before, "", *cards)) == []
