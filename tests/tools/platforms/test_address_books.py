"""Tables in which mail programs write address books, in the languages of their people."""

from pathlib import Path

import pytest

from onelane.tools.platforms.exports import recognise
from tests.samples.tables import table
from tests.tools.platforms.reading import people

OUTLOOK = {
    "Title": "Dr.", "First Name": "Ada", "Last Name": "Example", "Company": "Acme", "Job Title": "CTO",
    "Business City": "Rome", "E-mail Address": "ada@example.com", "E-mail 2 Address": "ada.two@example.com",
    "Mobile Phone": "+393331234567", "Business Phone": "+390612345678", "Categories": "Friends;VIP", "Spouse": "Ben",
    "Birthday": "1980-05-02", "Gender": "Unspecified", "Notes": "Met in Rome",
}  # fmt: skip
GERMAN = {
    "Anrede": "Dr.", "Vorname": "Ada", "Nachname": "Example", "Firma": "Acme", "Position": "CTO",
    "Ort geschäftlich": "Rome", "E-Mail-Adresse": "ada@example.com", "E-Mail 2: Adresse": "ada.two@example.com",
    "E-Mail: Angezeigter Name": "Ada Example", "Mobiltelefon": "+393331234567", "Telefon geschäftlich": "+390612345678",
    "Kategorien": "Friends;VIP", "Spouse": "Ben", "Geburtstag": "2.5.1980", "Notizen": "Met in Rome",
}  # fmt: skip
FRENCH = {
    "Titre": "Dr.", "Prénom": "Ada", "Nom": "Example", "Société": "Acme", "Titre1": "CTO", "Ville (bureau)": "Rome",
    "Adresse de messagerie": "ada@example.com", "Adresse de messagerie 2": "ada.two@example.com",
    "Tél. mobile": "+393331234567", "Téléphone (bureau)": "+390612345678", "Catégories": "Friends;VIP", "Spouse": "Ben",
    "Anniversaire": "2/5/1980", "Notes": "Met in Rome",
}  # fmt: skip
THUNDERBIRD = {
    "First Name": "Ada", "Last Name": "Example", "Display Name": "Dr. Ada Example", "Primary Email": "ada@example.com",
    "Secondary Email": "ada.two@example.com", "Work Phone": "+390612345678", "Mobile Number": "+393331234567",
    "Work City": "Rome", "Job Title": "CTO", "Organization": "Acme", "Birth Year": "1980", "Birth Month": "5",
    "Birth Day": "2", "Notes": "Met in Rome", "Spouse": "Ben",
}  # fmt: skip


@pytest.mark.parametrize("cells", [OUTLOOK, GERMAN, FRENCH, THUNDERBIRD], ids=["english", "german", "french", "bird"])
def test_an_address_book_of_a_mail_program_is_read_in_its_language(tmp_path: Path, cells: dict[str, str]) -> None:
    cells = {"Other City": "Oslo", **cells}
    (ada,) = people("gmail_contacts", table(tmp_path / "contacts.csv", list(cells), cells.values()))
    assert (ada.name, ada.first_name, ada.last_name) == ("Dr. Ada Example", "Ada", "Example")
    assert (ada.company, ada.title, ada.location, ada.notes) == ("Acme", "CTO", "Rome", "Met in Rome")
    assert [email.normalized for email in ada.emails] == ["ada@example.com", "ada.two@example.com"]
    assert ada.phones == ("+393331234567", "+390612345678")
    assert ada.tags == (() if cells.keys() >= {"Display Name"} else ("Friends", "VIP"))
    assert ada.extra["custom_fields"] == {"spouse": "Ben"}
    assert (ada.birthday, len(ada.unread)) == (("2/5/1980", 1) if "Anniversaire" in cells else ("1980-05-02", 0))


@pytest.mark.parametrize(
    "columns",
    [
        "Tytuł,Imię,Nazwisko,Firma,Stanowisko,Telefon komórkowy,Adres e-mail,Typ e-mail",
        "Обращение,Имя,Фамилия,Организация,Должность,Телефон переносной,Адрес эл. почты,Тип эл. почты",
        "Unvan,Ad,Soyadı,Şirket,İş Unvanı,Cep Telefonu,E-posta Adresi,E-posta Türü",
        "Oslovení,Jméno,Příjmení,Společnost,Pracovní pozice,Mobilní telefon,E-mailová adresa,Typ e-mailu",
        "称谓,名,姓,单位,职务,移动电话,电子邮件地址,电子邮件类型",
        "Título,Nome,Sobrenome,Empresa,Cargo,Telefone Celular,Endereço de Email,Tipo de Email",
        "Nickname,First,Last,Company,Title,Mobile,Email,Messenger ID",
    ],
)
def test_an_address_book_is_read_in_further_languages_and_as_yahoo_writes_it(tmp_path: Path, columns: str) -> None:
    row = ("", "Ada", "Example", "Acme", "CTO", "+393331234567", "ada@example.com", "SMTP")
    (ada,) = people("gmail_contacts", table(tmp_path / "contacts.csv", columns.split(","), row))
    assert (ada.name, ada.company, ada.title, ada.phones) == ("Ada Example", "Acme", "CTO", ("+393331234567",))
    assert ([email.address for email in ada.emails], ada.extra) == (["ada@example.com"], {})


@pytest.mark.parametrize("shown", ["Ada Example (ada@example.com)", "Ada Example"])
def test_who_has_only_the_name_that_an_address_is_shown_by_has_that_name(tmp_path: Path, shown: str) -> None:
    cells = GERMAN | {"Vorname": "", "Nachname": "", "Anrede": "", "E-Mail: Angezeigter Name": shown}
    (ada,) = people("gmail_contacts", table(tmp_path / "contacts.csv", list(cells), cells.values()))
    assert (ada.name, ada.is_organisation) == ("Ada Example", False)


@pytest.mark.parametrize(
    ("changes", "name", "birthday"),
    [
        ({"Title": "Mrs."}, "Ada Example", "1980-05-02"),
        ({"Title": "", "Birthday": "0/0/00"}, "Ada Example", None),
        ({"First Name": "", "Last Name": "", "Title": "Mr."}, "Acme", "1980-05-02"),
    ],
)
def test_what_outlook_writes_where_it_knows_nothing_is_nothing(
    tmp_path: Path, changes: dict[str, str], name: str, birthday: str | None
) -> None:
    cells = OUTLOOK | changes
    (ada,) = people("gmail_contacts", table(tmp_path / "contacts.csv", list(cells), cells.values()))
    assert (ada.name, ada.birthday, ada.unread) == (name, birthday, ())


def test_connections_with_addresses_are_no_address_book(tmp_path: Path) -> None:
    columns = ("Vorname", "Nachname", "URL", "E-Mail-Adresse", "Unternehmen", "Position", "Verbunden am")
    row = ("Ada", "Example", "https://www.linkedin.com/in/ada", "", "Acme", "CTO", "15 Mar 2023")
    assert recognise(table(tmp_path / "a.csv", columns, row)) == ["linkedin_contacts"]
