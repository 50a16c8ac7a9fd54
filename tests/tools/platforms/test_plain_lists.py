"""Lists of people that no platform wrote: spreadsheets, tables of CRMs and of newsletters' programs."""

from pathlib import Path

import pytest

from onelane.tools.platforms.exports import open_export, recognise
from onelane.tools.platforms.formats.records import PersonRecord, SkippedLine
from onelane.tools.registry.errors import UnreadableExport
from tests.samples.linkedin import linkedin_zip
from tests.samples.zips import new_zip
from tests.tools.platforms.reading import only, people, read, write

ADA = ("Ada Example", "ada@example.com", "Acme", "CTO", ("+12025550100",))
EVERY_WAY = {
    "english": ("Email,Name,Phone,Company,Title", "ada@example.com,Ada Example,+12025550100,Acme,CTO"),
    "hubspot": (
        "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Associated Company,Job Title",
        "1,Ada,Example,ada@example.com,+12025550100,Me,Acme,CTO",
    ),
    "pipedrive": (
        "Person - Name,Person - Organization,Person - Email - Work,Person - Phone - Mobile,Person - Job title",
        "Ada Example,Acme,ada@example.com,+12025550100,CTO",
    ),
    "salesforce": (
        "Salutation,First Name,Last Name,Title,Account Name,Mobile,Email",
        "Ms.,Ada,Example,CTO,Acme,+12025550100,ada@example.com",
    ),
    "notion": ("Name\tCompany\tPhone\tE-mail\tRole", "Ada Example\tAcme\t+12025550100\tada@example.com\tCTO"),
    "snake": ("first_name|last_name|email_address|mobile_phone|company_name|job_title",
              "Ada|Example|ada@example.com|+12025550100|Acme|CTO"),
    "apple": ("Organization,First name,Last name,Email (work),Phone (mobile),Job title",
              "Acme,Ada,Example,ada@example.com,+12025550100,CTO"),
    "german": ("Vorname;Name;E-Mail;Telefon;Firma;Titel", "Ada;Example;ada@example.com;+12025550100;Acme;CTO"),
    "french": ("Nom;Prénom;Adresse e-mail;Téléphone;Société;Fonction",
               "Example;Ada;ada@example.com;+12025550100;Acme;CTO"),
    "spanish": ("Nombre,Correo electrónico,Teléfono,Empresa,Cargo",
                "Ada Example,ada@example.com,+12025550100,Acme,CTO"),
    "portuguese": ("Nome,Email,Celular,Empresa,Função", "Ada Example,ada@example.com,+12025550100,Acme,CTO"),
    "italian": ("Nome;Cognome;Indirizzo email;Cellulare;Azienda;Ruolo",
                "Ada;Example;ada@example.com;+12025550100;Acme;CTO"),
    "dutch": ("Naam;Voornaam;E-mailadres;Telefoonnummer;Bedrijf;Functie",
              "Example;Ada;ada@example.com;+12025550100;Acme;CTO"),
    "swedish": ("Namn;E-post;Mobil;Företag;Befattning", "Ada Example;ada@example.com;+12025550100;Acme;CTO"),
    "polish": ("Imię i nazwisko;Adres e-mail;Telefon;Firma;Stanowisko",
               "Ada Example;ada@example.com;+12025550100;Acme;CTO"),
    "czech": ("Jméno;Příjmení;E-mail;Telefon;Společnost;Pozice", "Ada;Example;ada@example.com;+12025550100;Acme;CTO"),
    "russian": ("ФИО;Почта;Телефон;Компания;Должность", "Ada Example;ada@example.com;+12025550100;Acme;CTO"),
    "turkish": ("Ad Soyad;E-posta;Cep Telefonu;Şirket;Görev", "Ada Example;ada@example.com;+12025550100;Acme;CTO"),
    "hungarian": ("Név;E-mail cím;Telefonszám;Cég;Beosztás", "Ada Example;ada@example.com;+12025550100;Acme;CTO"),
    "japanese": ("氏名,メールアドレス,電話番号,会社名,役職", "Ada Example,ada@example.com,+12025550100,Acme,CTO"),
    "chinese": ("姓名,邮箱,手机,公司,职位", "Ada Example,ada@example.com,+12025550100,Acme,CTO"),
    "korean": ("이름,이메일,휴대폰,회사,직책", "Ada Example,ada@example.com,+12025550100,Acme,CTO"),
    "google in german": ("Vorname,Nachname,Organisation,Position,E-Mail 1 – Wert,Telefon 1 – Wert",
                         "Ada,Example,Acme,CTO,ada@example.com,+12025550100"),
}  # fmt: skip


@pytest.mark.parametrize("way", EVERY_WAY)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_list_is_read_whatever_its_columns_are_called_and_wherever_they_stand(
    tmp_path: Path, way: str, encoding: str
) -> None:
    file = write(tmp_path / "list.csv", "\n".join(EVERY_WAY[way]) + "\n", encoding)
    assert recognise(file) == ["gmail_contacts"]
    (ada,) = people("gmail_contacts", file)
    assert (ada.name, ada.emails[0].normalized, ada.company, ada.title, ada.phones) == ADA
    assert ("first_name" in EVERY_WAY[way][0]) <= ((ada.first_name, ada.last_name) == ("Ada", "Example"))


def test_a_column_that_is_not_known_is_said_and_kept_with_the_person(tmp_path: Path) -> None:
    file = write(
        tmp_path / "list.csv",
        "Email,Name,Deal Stage,Company,Organization,,LinkedIn,Twitter,Tags\n"
        'ada@example.com,Ada,Won,Acme,Sub Acme,left over,linkedin.com/in/ada-x,@ada_ex,"vip, friend"\n',
    )
    (ada,) = people("gmail_contacts", file)
    assert ada.extra["custom_fields"] == {"deal stage": "Won", "organization": "Sub Acme", "column 6": "left over"}
    assert (ada.extra["profiles"], ada.tags) == (["linkedin.com/in/ada-x", "https://x.com/ada_ex"], ("vip", "friend"))
    assert [each.what for each in ada.unread] == ["columns that are not known, kept as custom fields: deal stage"]
    assert open_export("gmail_contacts", file).label == "a list of people from list.csv"


def test_rows_that_name_nobody_are_skipped_by_their_lines(tmp_path: Path) -> None:
    file = write(tmp_path / "list.csv", "Email,Name,Stage\nada@example.com,,\n,,Won\n,N/A,\nbo@example.com,Bo,\n")
    items = read("gmail_contacts", file)
    assert [item.line for item in only(SkippedLine, items)] == [3, 4]
    assert [person.name for person in only(PersonRecord, items)] == [None, "Bo"]


@pytest.mark.parametrize(
    ("column", "word", "is_refused"),
    [
        ("Unsubscribed from all email", "true", True),
        ("subscribed_to_emails", "false", True),
        ("subscribed_to_emails", "true", False),
        ("Email Marketing Consent", "SUBSCRIBED", False),
        ("Email Marketing Consent", "NEVER_SUBSCRIBED", True),
        ("Status", "Unsubscribed", True),
        ("Status", "Lead", False),
        ("Marketing Status", "No consent", True),
        ("CLEAN_TIME", "2024-01-01 10:00:00", True),
    ],
)
def test_a_list_tells_who_wants_no_letters_in_the_words_of_its_program(
    tmp_path: Path, column: str, word: str, is_refused: bool
) -> None:
    (ada,) = people("gmail_contacts", write(tmp_path / "a.csv", f"Email,Name,{column}\nada@example.com,Ada,{word}\n"))
    assert (ada.relations, ada.unread) == (("email_disabled",) if is_refused else (), ())


def test_a_program_of_newsletters_says_in_several_lists_who_reads_and_who_has_left(tmp_path: Path) -> None:
    head = "Email Address,First Name,Last Name"
    files = {
        "subscribed_members.csv": f"{head},OPTIN_TIME\nada@example.com,Ada,Example,2024-01-01 10:00:00\n",
        "unsubscribed_members.csv": f"{head},UNSUB_TIME\nbo@example.com,Bo,Sample,2024-01-01 10:00:00\n",
    }
    with new_zip(tmp_path / "lists.zip") as container:
        for name, text in files.items():
            container.writestr(name, text)
    found = people("gmail_contacts", tmp_path / "lists.zip")
    assert {person.name: person.relations for person in found} == {
        "Ada Example": (),
        "Bo Sample": ("email_disabled",),
    }


@pytest.mark.parametrize(
    ("name", "text", "sub_types"),
    [
        ("subscribers.csv", "email,name\nada@example.com,Ada\n", ["substack_contacts"]),
        ("people.csv", "email,name\nada@example.com,Ada\n", ["gmail_contacts"]),
        ("a.csv", "email,plan,email_disabled\nada@example.com,comp,false\n", ["substack_contacts"]),
        ("a.csv", "First Name,Last Name,Email,LinkedIn URL\nA,B,a@b.example,linkedin.com/in/ab\n", ["gmail_contacts"]),
        ("a.csv", "Name,Email,LinkedIn\nA,a@b.example,https://www.linkedin.com/in/ab\n", ["gmail_contacts"]),
        ("a.csv", "First Name,Last Name,URL\nA,B,https://www.linkedin.com/in/ab\n", ["linkedin_contacts"]),
        (
            "a.csv",
            "First Name,Last Name,Email Address,Connected On\nA,B,a@b.example,1 May 2020\n",
            ["linkedin_contacts"],
        ),
        ("a.csv", "Order ID,Name,Email\n1,A,a@b.example\n", []),
        ("a.csv", "Name,Company\nA,B\n", []),
        ("a.txt", "Dear all,\n\nEmail\nis what I wrote about.\n", []),
    ],
)
def test_what_is_certainly_a_platforms_is_no_plain_list(
    tmp_path: Path, name: str, text: str, sub_types: list[str]
) -> None:
    assert recognise(write(tmp_path / name, text)) == sub_types


def test_an_export_of_a_platform_is_not_read_as_a_list_either_where_that_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(UnreadableExport, match="It can be imported as linkedin_contacts"):
        read("gmail_contacts", linkedin_zip(tmp_path / "a.zip", 2))
