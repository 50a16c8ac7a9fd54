"""The tables in which mail programs write address books: Outlook's, which Google exports too, and Thunderbird's.

Outlook and Thunderbird name the columns in the person's language. What is in a column that is not known is kept with
the person under the column's name.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from onelane.tools.platforms.formats.cards import Card, record_of
from onelane.tools.platforms.formats.cells import SPOILT, is_no_name, is_nothing, is_spoilt, without_formula
from onelane.tools.platforms.formats.records import BadLine, Json, PersonRecord, SkippedLine, Unread, excerpt
from onelane.tools.platforms.formats.table import Table

_FEWEST_KNOWN = 6
"""A list of another program has fewer of these columns."""
_COLUMNS = {
    "first": "first name|vorname|prénom|nombre|nome|primeiro nome|voornaam|förnamn|fornavn|imię|имя|名",
    "middle": "middle name|weitere vornamen|zweiter vorname|2. vorname|deuxième prénom|segundo nombre|nome do meio|"
    "secondo nome|middelste naam",
    "last": "last name|nachname|nom|apellidos|apellido|sobrenome|cognome|achternaam|efternamn|etternavn|efternavn|"
    "nazwisko|фамилия|姓",
    "full": "display name|anzeigename|nom à afficher|nombre para mostrar|nome da visualizzare|nome de exibição",
    "nickname": "nickname|spitzname|surnom|apodo|apelido|soprannome|bijnaam",
    "prefix": "title|anrede|titel|civilité",
    "suffix": "suffix|namenszusatz|suffixe|sufijo|sufixo|suffisso|achtervoegsel",
    "company": "company|organization|organisation|firma|société|organización|compañía|empresa|società|bedrijf|företag|"
    "会社名|компания|organizzazione|organização",
    "department": "department|abteilung|service|departamento|reparto|afdeling|avdelning|部署",
    "title": "job title|position|arbeitstitel|titre1|fonction|poste|puesto|cargo|posizione|qualifica|functie|"
    "befattning|stilling|役職|должность",
    "email 1": "e-mail address|primary email|e-mail-adresse|primäre e-mail-adresse|adresse de messagerie|"
    "adresse électronique principale|dirección de correo electrónico|endereço de e-mail|"
    "endereço de correio eletrónico|indirizzo posta elettronica|indirizzo di posta elettronica|e-mailadres|"
    "e-postadress|e-postadresse|電子メール アドレス|adres e-mail|адрес эл. почты",
    "email 2": "e-mail 2 address|secondary email|e-mail 2: adresse|sekundäre e-mail-adresse|adresse de messagerie 2|"
    "dirección de correo electrónico 2|endereço de e-mail 2|indirizzo posta elettronica 2|e-mailadres 2|"
    "電子メール 2 アドレス|adresse électronique secondaire",
    "email 3": "e-mail 3 address|e-mail 3: adresse|adresse de messagerie 3|dirección de correo electrónico 3|"
    "endereço de e-mail 3|indirizzo posta elettronica 3|e-mailadres 3",
    "phone 1": "mobile phone|mobile number|mobiltelefon|mobil-tel.-nr.|tél. mobile|móvil|teléfono móvil|"
    "telefone celular|telemóvel|cellulare|mobiele telefoon|mobiltelefon|携帯電話",
    "phone 2": "business phone|work phone|telefon geschäftlich|tel. dienstlich|téléphone (bureau)|"
    "teléfono del trabajo|telefone comercial|ufficio|telefoon op werk|会社電話",
    "phone 3": "business phone 2|telefon geschäftlich 2|téléphone 2 (bureau)|telefone comercial 2|ufficio 2",
    "phone 4": "home phone|telefon privat|telefon (privat)|tel. privat|téléphone (domicile)|particular|"
    "teléfono particular|telefone residencial|abitazione|telefoon thuis|自宅電話",
    "phone 5": "home phone 2|telefon privat 2|telefon (privat 2)|téléphone 2 (domicile)|telefone residencial 2",
    "phone 6": "primary phone|haupttelefon|téléphone principal|teléfono principal|telefone principal",
    "phone 7": "other phone|weiteres telefon|téléphone (autre)|otro teléfono|outro telefone|mobiltelefon 2",
    "phone 8": "company main phone|telefon firma|téléphone société",
    "phone 9": "business fax|fax number|fax geschäftlich|fax-nummer|télécopie (bureau)",
    "city 1": "business city|work city|ort geschäftlich|dienst-ort|ville (bureau)|ciudad del trabajo|"
    "ciudad de trabajo|cidade comercial|cidade do endereço comercial",
    "region 1": "business state|work state|work county|region geschäftlich|dienst-bundesland|dép/région (bureau)|"
    "estado comercial",
    "country 1": "business country|business country/region|work country|land/region geschäftlich|land geschäftlich|"
    "dienst-land|pays/région (bureau)|pays (bureau)|país/región del trabajo|país/região comercial",
    "city 2": "home city|ort privat|ort|ville (domicile)|ciudad de residencia|cidade residencial",
    "region 2": "home state|home county|bundesland/kanton privat|region privat|dép/région (domicile)",
    "country 2": "home country|home country/region|land/region privat|land privat|pays/région (domicile)|"
    "pays (domicile)",
    "city 3": "other city|weiterer ort|ville (autre)",
    "region 3": "other state|dép/région (autre)",
    "country 3": "other country|other country/region|weiteres/e land/region|pays/région (autre)|pays (autre)",
    "website 1": "web page|personal web page|web page 1|webseite|webseite 1|page web|página web|página da web|"
    "pagina web|webpagina|webbsida",
    "website 2": "web page 2|webseite 2",
    "birthday": "birthday|geburtstag|anniversaire|cumpleaños|aniversário|compleanno|verjaardag|födelsedag|誕生日",
    "birth year": "birth year|geburtsjahr|année de naissance",
    "birth month": "birth month|geburtsmonat|mois de naissance",
    "birth day": "birth day|jour de naissance",
    "notes": "notes|notizen|notas|anotações|note|notities|anteckningar|メモ|заметки",
    "tags": "categories|kategorien|catégories|categorías|categorias|categorie|categorieën|kategorier|分類項目",
    "phonetic_first_name": "given yomi|given name yomi",
    "phonetic_last_name": "surname yomi|surname name yomi",
}  # fmt: skip
_FIELD_OF = {column: field for field, columns in _COLUMNS.items() for column in columns.split("|")}
_SAYS_NOTHING = re.compile(
    r"(?:e-mail|email|type de messagerie|nom complet|e-mail-typ).*(?:type?|typ|display name|angezeigter name|"
    r"messagerie(?: \d)?)|gender|geschlecht|sexe|priority|priorität|priorité|private|privat|privé|sensitivity|"
    r"vertraulichkeit|anniversary|jahrestag|language|sprache|e-mail-typ|initials|initialen|initiales"
)
"""Columns that Outlook fills by itself, or that say nothing without another one."""
_NO_DAY = re.compile(r"0{1,2}([./-])0{1,2}\1\d{2,4}|00/00/00")
"""Outlook's day where it knows none."""
_SALUTATIONS = frozenset({
    "mr", "mrs", "ms", "miss", "mx", "herr", "frau", "hr", "fr", "m", "mme", "mlle", "sr", "sra", "srta", "sig",
    "sigra", "dhr", "mevr", "monsieur", "madame", "señor", "señora",
})  # fmt: skip
_MORE = ("nickname", "department", "phonetic_first_name", "phonetic_last_name")
_Cells = dict[str, str]


def is_address_book_header(header: Sequence[str]) -> bool:
    """A name, an address and several more columns of those that Outlook and Thunderbird write."""
    fields = {_FIELD_OF[column] for column in header if column in _FIELD_OF}
    return len(fields) >= _FEWEST_KNOWN and "email 1" in fields and not fields.isdisjoint({"first", "last", "full"})


def read_address_book(table: Table) -> Iterator[PersonRecord | BadLine | SkippedLine]:
    """One person or organisation per row."""
    fields = _fields(table.columns)
    for entry in table.rows():
        if isinstance(entry, BadLine):
            yield entry
            continue
        line, row = entry
        cells: _Cells = {}
        others: dict[str, Json] = {}
        unread: list[Unread] = []
        for field, column, cell in zip(fields, table.columns, map(str.strip, row), strict=True):
            if is_spoilt(cell):
                unread.append(Unread(f"{column}: {SPOILT}", excerpt(cell)))
            elif field and not (is_no_name(cell) if field in {"first", "last", "full"} else is_nothing(cell)):
                cells.setdefault(field, cell)
            elif column and not field and not is_nothing(cell) and not _SAYS_NOTHING.fullmatch(column):
                others[column] = cell
        yield record_of(_card(cells, others), line, unread_values=unread)


def _fields(columns: Sequence[str]) -> list[str | None]:
    """What each column is. German has one name for the day and the date of birth, French one for two titles."""
    fields = [_FIELD_OF.get(column) for column in columns]
    if "birth year" in fields:
        fields = ["birth day" if field == "birthday" else field for field in fields]
    title = "prefix" if "titre1" in columns else "title"
    return [title if column == "titre" else field for column, field in zip(columns, fields, strict=True)]


def _card(cells: _Cells, others: dict[str, Json]) -> Card:
    prefix = cells.get("prefix", "")
    names = [cells.get(field, "") for field in ("first", "middle", "last", "suffix")]
    return Card(
        full=cells.get("full", ""),
        prefix="" if prefix.rstrip(".").lower() in _SALUTATIONS or not any(names) else prefix,
        first=names[0],
        middle=names[1],
        last=names[2],
        suffix=names[3],
        emails=[(cell, "") for cell in _numbered(cells, "email")],
        phones=[without_formula(cell) for cell in _numbered(cells, "phone")],
        company=cells.get("company", ""),
        title=cells.get("title", ""),
        location=_location(cells),
        websites=list(_numbered(cells, "website")),
        birthday=_birthday(cells),
        notes=cells.get("notes", ""),
        tags=[tag.strip() for tag in re.split("[;,]", cells.get("tags", "")) if tag.strip()],
        more={
            **{key: cells.get(key, "") for key in _MORE},
            "custom_fields": others,
        },
    )


def _numbered(cells: _Cells, kind: str) -> Iterator[str]:
    return (cells[f"{kind} {number}"] for number in range(1, 10) if f"{kind} {number}" in cells)


def _location(cells: _Cells) -> str:
    for number in (1, 2, 3):
        parts = [cells.get(f"{part} {number}", "") for part in ("city", "region", "country")]
        if location := ", ".join(filter(None, parts)):
            return location
    return ""


def _birthday(cells: _Cells) -> str:
    year, month, day = (cells.get(f"birth {part}", "") for part in ("year", "month", "day"))
    if not (month and day):
        text = cells.get("birthday", "")
        return "" if _NO_DAY.fullmatch(text) else text
    try:
        whole = date(int(year or 2000), int(month), int(day)).isoformat()
    except ValueError:
        return "-".join(filter(None, (year, month, day)))
    return whole if year else f"-{whole[4:]}"
