"""LinkedIn exports unlike the samples."""

import csv
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onelane.tools.platforms.exports import open_export, recognise
from onelane.tools.platforms.formats.records import BadLine, MessageRecord, PersonRecord, SkippedLine
from onelane.tools.platforms.linkedin.profiles import parse_profile
from tests.samples.linkedin import linkedin_zip
from tests.tools.platforms.reading import only, people, read, write

HEADER = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"
ADA = "Ada,Example,https://www.linkedin.com/in/ada,ada@example.com,Engines,CTO,15 Mar 2023\n"
GRACE = "Grace,Sample,https://www.linkedin.com/in/grace,,Works,Admiral,02 Jan 2024\n"


@pytest.mark.parametrize(
    ("encoding", "note"),
    [("utf-8", ""), ("utf-8-sig", ""), ("utf-16", ""), ("utf-16-le", "UTF-16"), ("cp1252", "Windows-1252")],
)
def test_any_usual_encoding_is_read_and_a_guess_is_told(tmp_path: Path, encoding: str, note: str) -> None:
    path = write(tmp_path / "c.csv", HEADER + ADA.replace("Ada", "Zoë"), encoding)
    assert [person.name for person in people("linkedin_contacts", path)] == ["Zoë Example"]
    label = open_export("linkedin_contacts", path).label
    assert note in label if note else "read as" not in label


@pytest.mark.parametrize(
    ("encoding", "note", "first", "last"),
    [
        ("cp1250", "Windows-1250", "Łukasz", "Żółć"),
        ("cp1250", "Windows-1250", "Zdeněk", "Dvořák"),
        ("cp1251", "Windows-1251", "Ольга", "Смирнова"),
        ("cp1252", "Windows-1252", "Bjørn", "Ødegård"),
        ("cp1252", "Windows-1252", "Þór", "Sigurðsson"),
        ("cp1252", "Windows-1252", "Søren – María", "García’s"),
        ("cp1253", "Windows-1253", "Γιώργος", "Παπαδόπουλος"),
        ("cp1254", "Windows-1254", "Gülşah", "Çağlıoğlu"),
        ("cp1255", "Windows-1255", "דוד", "כהן"),
        ("cp932", "Shift-JIS", "はなこ", "サトウ"),
        ("cp1256", "Windows-1256", "محمد", "السيد"),
        ("cp1257", "Windows-1257", "Jūratė", "Čiurlionytė-Ąžuolė"),
        ("cp874", "Windows-874", "สมชาย", "ใจดี"),
        ("koi8-r", "KOI8-R", "Наталья", "Сидорова"),
        ("cp850", "DOS 850", "Jörg", "Müller-Größe"),
        ("cp932", "Shift-JIS", "太郎", "田中"),
        ("euc_jp", "EUC-JP", "美咲", "高橋"),
        ("gb18030", "GB 18030 (GBK)", "小明", "王"),
        ("cp950", "Big5", "志豪", "林"),
        ("cp949", "EUC-KR", "민수", "김"),
        ("mac_roman", "Mac Roman", "Zoë", "Müller-Größe"),
    ],
)
def test_a_table_in_the_code_page_of_its_country_is_read(
    tmp_path: Path, encoding: str, note: str, first: str, last: str
) -> None:
    row = ADA.replace("Ada", first).replace("Example", last)
    path = write(tmp_path / "c.csv", HEADER + row, encoding)
    (person,) = people("linkedin_contacts", path)
    assert (person.first_name, person.last_name) == (first, last)
    assert f"read as {note}," in open_export("linkedin_contacts", path).label


@pytest.mark.parametrize("name", ["Jörg", "Đặng Hà", "李明", "Łukasz 😀", "à", "O’Neil", "Иван", "JÃ¶rg Wörth"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_table_that_was_saved_as_utf8_twice_is_read_and_a_sound_one_is_left_alone(
    tmp_path: Path, name: str, mark: str
) -> None:
    row = ADA.replace("Ada", name)
    garbled = "".join(
        bytes([byte]).decode("cp1252" if byte not in {0x81, 0x8D, 0x8F, 0x90, 0x9D} else "latin-1")
        for byte in row.encode()
    )
    for text, is_garbled in ((row, False), (garbled, True)):
        path = write(tmp_path / "c.csv", mark + HEADER + text)
        assert [person.first_name for person in people("linkedin_contacts", path)] == [name]
        assert ("twice" in open_export("linkedin_contacts", path).label) == is_garbled


def test_one_stray_byte_does_not_garble_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_bytes((HEADER + ADA.replace("Ada", "Zoë")).encode() + GRACE.replace("Grace", "René").encode("cp1252"))
    assert [person.first_name for person in people("linkedin_contacts", path)] == ["Zoë", "René"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_is_read(tmp_path: Path, end: str) -> None:
    path = write(tmp_path / "c.csv", (HEADER + ADA + GRACE).replace("\n", end))
    assert [(person.name, person.line) for person in people("linkedin_contacts", path)] == [
        ("Ada Example", 2),
        ("Grace Sample", 3),
    ]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_a_file_that_a_spreadsheet_saved_again_is_read(tmp_path: Path, delimiter: str) -> None:
    path = write(tmp_path / "c.csv", (HEADER + ADA).replace(",", delimiter), "utf-16")
    assert people("linkedin_contacts", path)[0].company == "Engines"


@pytest.mark.parametrize("between", ["", HEADER, "\ufeff" + HEADER, '"Bea,,,,""A, B"",,"\n'])
def test_a_header_between_two_lists_is_nobody_and_a_row_in_one_cell_is_read(tmp_path: Path, between: str) -> None:
    found = people("linkedin_contacts", write(tmp_path / "c.csv", HEADER + ADA + between + ADA))
    assert [person.company for person in found] == ["Engines", *(["A, B"] if "Bea" in between else []), "Engines"]


@pytest.mark.parametrize(
    ("names", "name"), [(".,Ada", "Ada"), ("Ada,-", "Ada"), ("A,B", "A B"), (".,.", ". ."), ("X,Example", "X Example")]
)
def test_what_fills_a_name_that_somebody_does_not_have_is_no_name(tmp_path: Path, names: str, name: str) -> None:
    (person,) = people("linkedin_contacts", write(tmp_path / "c.csv", f"{HEADER}{names},,,,,\n"))
    assert person.name == name


@pytest.mark.parametrize(
    "preamble",
    [
        "Notes:\n",
        'Hinweise:\n"Beim Export, ""manchmal"",\nfehlen Adressen."\n\n\n',
        'Notes:\n"A quote that LinkedIn forgot to close\n\n',
        "a,b,c\n,,,\n" * 20,
        "sep=,\n",
    ],
)
def test_any_preamble_is_passed_over(tmp_path: Path, preamble: str) -> None:
    found = people("linkedin_contacts", write(tmp_path / "c.csv", preamble + HEADER + ADA))
    assert [(person.name, person.line) for person in found] == [("Ada Example", preamble.count("\n") + 2)]


@pytest.mark.parametrize(
    "header",
    [
        "Vorname,Nachname,URL,E-Mail-Adresse,Unternehmen,Position,Verbunden am",
        "Prénom,Nom,URL,Adresse e-mail,Entreprise,Poste,Connecté le",
        "名,姓,URL,メールアドレス,会社,役職,つながった日",
        "Aaa,Bbb,Ccc,Ddd,Eee,Fff,Ggg",
        "Имя,Фамилия,URL-адрес,Адрес эл. почты,Компания,Должность,Дата соединения",
        "Ім’я,Прізвище,URL,Пошта,Компанія,Посада,Дата контакту",
        "First Name,Last Name,Profile URL,Mail,Company Name,Job Title,Since",
    ],
)
def test_headers_in_other_languages_are_read(tmp_path: Path, header: str) -> None:
    path = write(tmp_path / "c.csv", f"Notes:\n\n{header}\n,,,,,,10 Jun 2022\n{ADA}")
    items = read("linkedin_contacts", path)
    (ada,) = only(PersonRecord, items)
    assert len(only(SkippedLine, items)) == 1
    assert (ada.first_name, ada.last_name, ada.company, ada.title) == ("Ada", "Example", "Engines", "CTO")
    assert (ada.emails[0].address, ada.connected_at is not None) == ("ada@example.com", True)


def test_tables_of_other_names_are_found_in_a_zip(tmp_path: Path) -> None:
    connections = "Vorname,Nachname,URL,E-Mail-Adresse,Unternehmen,Position,Vernetzt am\n" + ADA
    messages = "CONVERSATION ID,FROM,SENDER PROFILE URL,TO,DATE\nc,Ada,https://www.linkedin.com/in/ada,Me,2024-01-01\n"
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("Verbindungen.csv", connections + "\x1a")
        archive.writestr("Nachrichten.csv", messages)
    items = read("linkedin_contacts", tmp_path / "a.zip")
    assert [type(item) for item in items] == [PersonRecord, MessageRecord]


@pytest.mark.parametrize("is_zip", [True, False])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "Nachrichten.csv",
            (
                "UNTERHALTUNGS-ID,TITEL,VON,PROFIL DES ABSENDERS,AN,PROFILE DER EMPFÄNGER,DATUM,BETREFF,INHALT,ORDNER\n"
                "c,,Me,https://www.linkedin.com/in/me,Bea,https://www.linkedin.com/in/bea,2024-01-01 10:00,,x,A\n"
                "d,,Cay,https://www.linkedin.com/in/cay,Me,https://www.linkedin.com/in/me,2024-01-02 10:00,,x,A\n"
            ),
        ),
        (
            "Einladungen.csv",
            (
                "Von,An,Gesendet,Nachricht,Richtung,Einladender,Eingeladener\n"
                'Me,Bea,"1/13/24, 9:00 AM",x,da,https://www.linkedin.com/in/me,https://www.linkedin.com/in/bea\n'
                'Cay,Me,"1/14/24, 9:00 AM",x,dort,https://www.linkedin.com/in/cay,https://www.linkedin.com/in/me\n'
            ),
        ),
    ],
)
def test_messages_under_a_header_of_an_unknown_language_are_told_by_their_cells(
    tmp_path: Path, name: str, text: str, is_zip: bool
) -> None:
    path = write(tmp_path / name, text)
    if is_zip:
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("Connections.csv", HEADER + ADA)
            archive.writestr(name, text)
            archive.writestr("learning_coach_messages.csv", text)
    messages = only(MessageRecord, read("linkedin_contacts", path))
    assert [(message.direction, message.people[0].handle) for message in messages] == [
        ("outbound", "bea"), ("inbound", "cay"),
    ]  # fmt: skip


def test_a_column_of_an_unknown_name_is_told_by_its_cells_or_named_as_not_read(tmp_path: Path) -> None:
    header = "Since,Role,Page,Mail,Last Name,First Name,Url\n"
    row = "15 Mar 2023,CTO,https://www.linkedin.com/in/ada,ada@example.com,Example,Ada,\n"
    path = write(tmp_path / "c.csv", header.replace("Url", "Connected On") + row)
    assert people("linkedin_contacts", path)[0].platform_user_id == "ada"
    path = write(tmp_path / "d.csv", header.replace("Mail", "Email") + row)
    (ada,) = people("linkedin_contacts", path)
    assert (ada.connected_at is not None, ada.emails[0].address, ada.title) == (True, "ada@example.com", None)
    assert "not known, and not read: role, page" in open_export("linkedin_contacts", path).label


@pytest.mark.parametrize(
    "written",
    [
        *("15 Mar 2023", "15-Mar-23", "15-Mar-2023", "2023-03-15", "Mar 15, 2023", "15 March 2023", "March 15th, 2023"),
        *("15.03.2023", "15. 3. 2023", "15.03.23", "15/03/2023", "15-03-2023", "3/15/2023", "3/15/23", "2023/03/15"),
        *("2023.03.15", "2023-03-15 00:00:00", "15.03.2023 00:00", "3/15/2023 12:00 AM", "45000", "45000.0"),
        *("Wednesday, March 15, 2023", "Mittwoch, 15. März 2023", "mer. 15 mars 2023", "15 मार्च 2023", "15.III.2023"),
        *("15 มี.ค. 2023", "15 มีนาคม 2566", "15/3/2566", "15 tháng 3, 2023", "15 Mac 2023"),
        *(
            "15. März 2023",
            "15. Mär 2023",
            "15-Mrz-23",
            "15 mars 2023",
            "15 de marzo de 2023",
            "15 mar. 2023",
            "15-mrt-23",
        ),
        *(
            "15 марта 2023 г.",
            "15 Μαρτίου 2023",
            "15 marca 2023",
            "15 Mart 2023",
            "2023. márc. 15.",
            "15. maaliskuuta 2023",
        ),
        *("2023年3月15日", "2023년 3월 15일", "2023. 3. 15."),
    ],
)
def test_a_day_is_understood_as_platforms_and_spreadsheets_write_it(tmp_path: Path, written: str) -> None:
    (ada,) = people("linkedin_contacts", write(tmp_path / "c.csv", HEADER + ADA.replace("15 Mar 2023", f'"{written}"')))
    assert (str(ada.connected_at), ada.extra, ada.unread) == ("2023-03-15 00:00:00+00:00", {}, ())


@pytest.mark.parametrize(
    "written",
    [
        *("03/04/2023", "3/4/23", "03-04-2023", "15/03/23", "23-03-15", "Mar-23", "March 2023", "2023", "31.02.2023"),
        *("13/13/2023", "15 listopad 2023", "15 Nonsense 2023", "yesterday", "99999", "4.5E+04", "0001-01-01"),
    ],
)
def test_a_day_that_is_not_certain_is_kept_as_it_is_written_and_told(tmp_path: Path, written: str) -> None:
    (ada,) = people("linkedin_contacts", write(tmp_path / "c.csv", HEADER + ADA.replace("15 Mar 2023", f'"{written}"')))
    assert (ada.connected_at, ada.extra) == (None, {"connected_on": written})
    assert [unread.value for unread in ada.unread] == [written]


def test_missing_and_further_columns_do_no_harm(tmp_path: Path) -> None:
    text = "Last Name,Shoe Size,URL,First Name\nExample,43,https://www.linkedin.com/in/ada,Ada\n"
    (ada,) = people("linkedin_contacts", write(tmp_path / "c.csv", text))
    assert (ada.name, ada.platform_user_id, ada.company, ada.emails) == ("Ada Example", "ada", None, ())


def test_a_line_break_in_a_position_invents_nobody(tmp_path: Path) -> None:
    broken = 'Zoë,Example,https://www.linkedin.com/in/zoe,,Engines,"Head of Growth,\nEMEA",15 Mar 2023\n'
    found = people("linkedin_contacts", write(tmp_path / "c.csv", HEADER + broken + GRACE))
    assert [(person.name, person.line, person.title) for person in found] == [
        ("Zoë Example", 2, "Head of Growth,\nEMEA"),
        ("Grace Sample", 4, "Admiral"),
    ]


@pytest.mark.parametrize("following", [GRACE, GRACE + '"Sam ""S""",O,,,"A, B",,05 Aug 2026\n', GRACE * 3000])
def test_a_quote_that_is_never_closed_costs_one_line(tmp_path: Path, following: str) -> None:
    path = write(tmp_path / "c.csv", HEADER + ADA + '"Broken,Row,https://x,,Y,Z,01 Jan 2024\n' + following)
    items = read("linkedin_contacts", path)
    (bad,) = only(BadLine, items)
    assert (bad.line, "quote" in bad.reason) == (3, True)
    assert len(only(PersonRecord, items)) == 1 + following.count("\n")


def test_two_open_quotes_do_not_swallow_the_rows_between_them(tmp_path: Path) -> None:
    open_quote = '"Broken,Row,https://x,,Y,Z,01 Jan 2024\n'
    items = read("linkedin_contacts", write(tmp_path / "c.csv", HEADER + open_quote + ADA + GRACE + open_quote))
    assert [person.first_name for person in only(PersonRecord, items)] == ["Ada", "Grace"]
    assert [bad.line for bad in only(BadLine, items)] == [2, 5]


def test_quotes_that_are_only_careless_cost_nothing(tmp_path: Path) -> None:
    careless = (
        '"Ada" Lovelace,Example,,,Works,"Head,\nEMEA",02 Jan 2024\nMei,5" Disk,,,Works,"Head,\nEMEA",02 Jan 2024\n'
    )
    found = people("linkedin_contacts", write(tmp_path / "c.csv", HEADER + careless + GRACE))
    assert [person.name for person in found] == ["Ada Lovelace Example", 'Mei 5" Disk', "Grace Sample"]


def test_a_row_with_too_many_columns_is_named_and_the_next_is_read(tmp_path: Path) -> None:
    items = read("linkedin_contacts", write(tmp_path / "c.csv", HEADER + ADA.replace("CTO", "CTO, Sales") + GRACE))
    (bad,) = only(BadLine, items)
    assert (bad.line, "8 columns where the header has 7" in bad.reason) == (2, True)
    assert len(only(PersonRecord, items)) == 1


def test_a_reason_quotes_little_of_what_is_in_the_file(tmp_path: Path) -> None:
    items = read("linkedin_contacts", write(tmp_path / "c.csv", HEADER + "x" * 500 + ",,,,,,,,,surplus\n"))
    assert "x" * 81 not in only(BadLine, items)[0].reason


def test_an_invalid_address_is_noted_and_the_person_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "c.csv", HEADER + ADA.replace("ada@example.com", "ada at example"))
    (ada,) = people("linkedin_contacts", path)
    assert (ada.emails, ada.extra) == ((), {"invalid_emails": ["ada at example"]})


@pytest.mark.parametrize(
    ("written", "slug"),
    [
        ("https://www.linkedin.com/in/ada-example-1815", "ada-example-1815"),
        ("http://de.linkedin.com/in/Ada-Example-1815/?trk=x#top", "ada-example-1815"),
        ("linkedin.com/in/ada-example-1815/de", "ada-example-1815"),
        ("https://www.linkedin.com/in/zo%C3%AB-fictional", "zoë-fictional"),
        ("https://www.linkedin.com/in/ZOË-fictional/", "zoë-fictional"),
        ("https://www.linkedin.com/in/zoe\u0308-fictional", "zoë-fictional"),
        ("https://sy.linkedin.com/pub/ada-example/a7/576/b50?trk=biz", "ada-example-b50576a7"),
        ("https://www.linkedin.com/pub/ada-example/1/2/3", "ada-example-0030021"),
        ("https://www.linkedin.com/pub/ada-example", "ada-example"),
        ("https://www.linkedin.com/in/ACoAABcDeFgHiJkLmNoPqRsTuVwXyZ", "ACoAABcDeFgHiJkLmNoPqRsTuVwXyZ"),
    ],
)
def test_a_profile_has_one_name_however_its_address_is_written(written: str, slug: str) -> None:
    profile = parse_profile(written)
    assert profile is not None
    assert profile.slug == slug
    assert parse_profile(profile.url) == profile


@pytest.mark.parametrize(
    "written",
    ["", "https://example.com/in/ada", "https://evil-linkedin.com/in/ada", "https://www.linkedin.com/company/x"],
)
def test_other_addresses_are_no_profiles(written: str) -> None:
    assert parse_profile(written) is None


@given(st.text(max_size=60))
def test_no_address_upsets_the_profile_reader(text: str) -> None:
    parse_profile(text)
    parse_profile("https://www.linkedin.com/in/" + text)


PRINTABLE = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=30)
CELL = st.one_of(PRINTABLE, st.lists(PRINTABLE, min_size=2, max_size=3).map("\n".join))


@given(st.lists(st.tuples(CELL, CELL, CELL, CELL), max_size=8))
def test_a_cell_written_by_a_csv_writer_is_read_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str, str]]
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for first, last, company, position in rows:
        writer.writerow([f"a{first}", last, "", "", company, position, "15 Mar 2023"])
    path = write(tmp_path_factory.mktemp("csv") / "c.csv", HEADER + text.getvalue())
    found = people("linkedin_contacts", path)
    assert [(person.first_name, person.last_name, person.company, person.title) for person in found] == [
        (f"a{first}".strip(), last.strip() or None, company.strip() or None, position.strip() or None)
        for first, last, company, position in rows
    ]


def test_the_zip_may_hold_everything_one_folder_deeper(tmp_path: Path) -> None:
    flat = linkedin_zip(tmp_path / "flat.zip", 20, 10)
    deep = linkedin_zip(tmp_path / "deep.zip", 20, 10, folder="Complete_LinkedInDataExport/data/")
    assert read("linkedin_contacts", deep) == read("linkedin_contacts", flat)


def test_the_file_in_the_zip_may_have_a_name_in_another_language(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as container:
        container.writestr("Profil.csv", "Vorname,Nachname,Adresse\nMe,Owner,\n")
        container.writestr("Kontakte.csv", "Vorname,Nachname,URL,Verbunden am\nAda,Example,,15 Mar 2023\n")
    assert [person.name for person in people("linkedin_contacts", tmp_path / "export.zip")] == ["Ada Example"]


def test_the_unpacked_folder_is_as_good_as_the_zip(tmp_path: Path) -> None:
    packed = linkedin_zip(tmp_path / "export.zip", 20, 10)
    with zipfile.ZipFile(packed) as container:
        container.extractall(tmp_path / "export")
    (tmp_path / "export/._Connections.csv").write_bytes(b"\x00\x05\x16\x07")
    assert read("linkedin_contacts", tmp_path / "export") == read("linkedin_contacts", packed)
    assert recognise(tmp_path / "export") == ["linkedin_contacts"]


def test_an_import_goes_on_where_it_stopped(tmp_path: Path) -> None:
    export = open_export("linkedin_contacts", linkedin_zip(tmp_path / "export.zip", 20, 10))
    whole = list(export.items())
    assert len(whole) == export.total_items == 30
    for start in (0, 1, 19, 20, 25, 30, 99):
        assert list(export.items(start)) == whole[start:]


MESSAGES = (
    "CONVERSATION ID,FROM,SENDER PROFILE URL,TO,RECIPIENT PROFILE URLS,DATE,SUBJECT,CONTENT,FOLDER,IS MESSAGE DRAFT\n"
)
ME, THEM = "https://www.linkedin.com/in/me", "https://www.linkedin.com/in/ada"


def test_drafts_are_no_messages(tmp_path: Path) -> None:
    rows = f"c1,Me,{ME},Ada,{THEM},2026-08-01 10:00:00 UTC,,Hi,INBOX,Yes\n"
    rows += f"c2,Me,{ME},Bob,https://www.linkedin.com/in/bob,2026-08-01 10:00:00 UTC,,Hi,INBOX,No\n"
    items = read("linkedin_contacts", write(tmp_path / "messages.csv", MESSAGES + rows))
    assert [type(item) for item in items] == [SkippedLine, MessageRecord]


def test_two_messages_of_one_second_are_two_and_one_that_stands_twice_is_one(tmp_path: Path) -> None:
    row = f"c1,Me,{ME},Ada,{THEM},2026-08-01 10:00:00 UTC,,{{}},INBOX,No\n"
    other = row.replace("c1", "c2").replace("ada", "bob")
    rows = "".join(map(row.format, ("Hi", "Ho", "Hi"))) + other
    items = only(MessageRecord, read("linkedin_contacts", write(tmp_path / "messages.csv", MESSAGES + rows)))
    first, second, again, _ = (message.message_id for message in items)
    assert (second, again) == (f"{first}:2", first)


@pytest.mark.parametrize("written", ["8/12/16, 7:44 AM", "08/12/2016, 07:44 AM"])
def test_linkedins_own_times_have_the_month_first(tmp_path: Path, written: str) -> None:
    (ada,) = people("linkedin_contacts", write(tmp_path / "c.csv", HEADER + ADA.replace("15 Mar 2023", f'"{written}"')))
    assert (str(ada.connected_at), ada.unread) == ("2016-08-12 07:44:00+00:00", ())


def test_the_direction_of_a_message_is_not_guessed_where_the_export_does_not_tell(tmp_path: Path) -> None:
    row = f"c1,Me,{ME},Ada,{THEM},2026-08-01 10:00:00 UTC,,Hi,INBOX,No\n"
    path = write(tmp_path / "messages.csv", MESSAGES + row)
    assert [type(item) for item in read("linkedin_contacts", path)] == [SkippedLine]
    assert open_export("linkedin_contacts", path).owner is None


def test_no_text_of_a_message_leaves_the_reader(tmp_path: Path) -> None:
    rows = f"c1,Me,{ME},Ada,{THEM},2026-08-01 10:00:00 UTC,,A secret,INBOX,No\n" * 3
    broken = f'c1,Me,{ME},Ada,{THEM},2026-08-01 10:00:00 UTC,,"A secret, and, more, and,so,on\n'
    items = read("linkedin_contacts", write(tmp_path / "messages.csv", MESSAGES + rows + broken))
    assert len(only(BadLine, items)) == 1
    assert "secret" not in repr(items)


def test_a_message_keeps_its_id_in_the_next_export(tmp_path: Path) -> None:
    row = f"c1,Me,{ME},Ada,{THEM},2026-08-01 10:00:00 UTC,,Hi,INBOX,No\n"
    other = f"c2,Me,{ME},Bob,https://www.linkedin.com/in/bob,2026-08-02 10:00:00 UTC,,Hi,INBOX,No\n"
    before = only(MessageRecord, read("linkedin_contacts", write(tmp_path / "messages.csv", MESSAGES + row + other)))
    after = only(MessageRecord, read("linkedin_contacts", write(tmp_path / "later.csv", MESSAGES + other * 2 + row)))
    assert {message.message_id for message in before} == {message.message_id for message in after}
