"""The tables in which mail programs write address books: Outlook's, which Google exports too, and Thunderbird's.

Outlook and Thunderbird name the columns in the person's language. What is in a column that is not known is kept with
the person under the column's name.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from onelane.tools.platforms.formats.cards import Card, record_of
from onelane.tools.platforms.formats.cells import SPOILT, is_no_name, is_nothing, is_spoilt, without_formula
from onelane.tools.platforms.formats.opt_outs import OptOutColumns
from onelane.tools.platforms.formats.records import BadLine, Json, PersonRecord, SkippedLine, Unread, excerpt
from onelane.tools.platforms.formats.table import Table

_FEWEST_KNOWN = 6
"""A list of another program has fewer of these columns."""
_COLUMNS = {
    "first": "first name|vorname|prénom|nombre|nome|primeiro nome|voornaam|förnamn|fornavn|imię|имя|名|"
    "first|firstname|jméno|ad|adı|etunimi|utónév|keresztnév|ім'я|prenume|όνομα|이름|名字|meno|ime",
    "middle": "middle name|weitere vornamen|zweiter vorname|2. vorname|deuxième prénom|segundo nombre|nome do meio|"
    "secondo nome|middelste naam|"
    "drugie imię|отчество|второе имя|i\u0307kinci ad|druhé jméno|mellannamn|"
    "mellemnavn|mellomnavn|中间名|中間名|ミドル ネーム",
    "last": "last name|nachname|nom|apellidos|apellido|sobrenome|cognome|achternaam|efternamn|etternavn|efternavn|"
    "nazwisko|фамилия|姓|"
    "last|lastname|family name|nom de famille|soyadı|soyad|příjmení|sukunimi|vezetéknév|прізвище|nume|επώνυμο|"
    "姓氏|성|priezvisko|prezime",
    "full": "display name|anzeigename|nom à afficher|nombre para mostrar|nome da visualizzare|nome de exibição|"
    "displayname|visningsnamn|nazwa wyświetlana|表示名",
    "nickname": "nickname|spitzname|surnom|apodo|apelido|soprannome|bijnaam|"
    "pseudo|přezdívka|smeknamn|никнейм",
    "prefix": "title|anrede|titel|civilité|"
    "título|titolo|tytuł|обращение|unvan|oslovení|称谓|敬称|稱謂",
    "suffix": "suffix|namenszusatz|suffixe|sufijo|sufixo|suffisso|achtervoegsel",
    "company": "company|organization|organisation|firma|société|organización|compañía|empresa|società|bedrijf|"
    "företag|"
    "会社名|компания|organizzazione|organização|"
    "şirket|společnost|организация|компанія|yritys|virksomhed|firmanavn|单位|公司|회사|vállalat|cég",
    "department": "department|abteilung|service|departamento|reparto|afdeling|avdelning|部署|"
    "dział|отдел|departman|oddělení|部门|部門|osasto",
    "title": "job title|position|arbeitstitel|titre1|fonction|poste|puesto|cargo|posizione|qualifica|functie|"
    "befattning|stilling|役職|должность|"
    "stanowisko|i\u0307ş unvanı|pracovní pozice|职务|職稱|직책|titul|ammattinimike|beosztás",
    "email 1": "e-mail address|primary email|e-mail-adresse|primäre e-mail-adresse|adresse de messagerie|"
    "adresse électronique principale|dirección de correo electrónico|endereço de e-mail|"
    "endereço de correio eletrónico|indirizzo posta elettronica|indirizzo di posta elettronica|e-mailadres|"
    "e-postadress|e-postadresse|電子メール アドレス|adres e-mail|адрес эл. почты|"
    "email|e-mail|endereço de email|première adresse électronique|"
    "e-posta adresi|e-mailová adresa|电子邮件地址|電子郵件地址|"
    "전자 메일 주소|sähköpostiosoite|e-mail cím|email address",
    "email 2": "e-mail 2 address|secondary email|e-mail 2: adresse|sekundäre e-mail-adresse|adresse de messagerie 2|"
    "dirección de correo electrónico 2|endereço de e-mail 2|indirizzo posta elettronica 2|e-mailadres 2|"
    "電子メール 2 アドレス|adresse électronique secondaire|"
    "alternate email 1|endereço de email 2|adres e-mail 2|адрес 2 эл. почты|e-posta 2 adresi|e-mailová adresa 2|"
    "电子邮件 2 地址|e-postadress 2",
    "email 3": "e-mail 3 address|e-mail 3: adresse|adresse de messagerie 3|dirección de correo electrónico 3|"
    "endereço de e-mail 3|indirizzo posta elettronica 3|e-mailadres 3|"
    "alternate email 2|endereço de email 3|adres e-mail 3|адрес 3 эл. почты|e-posta 3 adresi|e-postadress 3",
    "phone 1": "mobile phone|mobile number|mobiltelefon|mobil-tel.-nr.|tél. mobile|móvil|teléfono móvil|"
    "telefone celular|telemóvel|cellulare|mobiele telefoon|mobiltelefon|携帯電話|"
    "mobile|portable|telefon komórkowy|телефон переносной|мобильный телефон|cep telefonu|mobilní telefon|移动电话|"
    "行動電話|휴대폰|matkapuhelin|mobiltelefonszám",
    "phone 2": "business phone|work phone|telefon geschäftlich|tel. dienstlich|téléphone (bureau)|"
    "teléfono del trabajo|telefone comercial|ufficio|telefoon op werk|会社電話|"
    "work|tél. professionnel|telefon służbowy|рабочий телефон|i\u0307ş telefonu|telefon do zaměstnání|"
    "telefon (arbete)|商务电话|商務電話",
    "phone 3": "business phone 2|telefon geschäftlich 2|téléphone 2 (bureau)|telefone comercial 2|ufficio 2",
    "phone 4": "home phone|telefon privat|telefon (privat)|tel. privat|téléphone (domicile)|particular|"
    "teléfono particular|telefone residencial|abitazione|telefoon thuis|自宅電話|"
    "home|tél. personnel|telefon domowy|домашний телефон|ev telefonu|telefon domů|hemtelefon|住宅电话|住家電話",
    "phone 5": "home phone 2|telefon privat 2|telefon (privat 2)|téléphone 2 (domicile)|telefone residencial 2",
    "phone 6": "primary phone|haupttelefon|téléphone principal|teléfono principal|telefone principal",
    "phone 7": "other phone|weiteres telefon|téléphone (autre)|otro teléfono|outro telefone|mobiltelefon 2",
    "phone 8": "company main phone|telefon firma|téléphone société",
    "phone 9": "business fax|fax number|fax geschäftlich|fax-nummer|télécopie (bureau)|"
    "fax|télécopie",
    "city 1": "business city|work city|ort geschäftlich|dienst-ort|ville (bureau)|ciudad del trabajo|"
    "ciudad de trabajo|cidade comercial|cidade do endereço comercial|"
    "miejscowość służbowa|рабочий адрес - город|i\u0307ş adresi şehir|zaměstnání – město|商务地址 市/县",
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
    "birthday": "birthday|geburtstag|anniversaire|cumpleaños|aniversário|compleanno|verjaardag|födelsedag|誕生日|"
    "urodziny|день рождения|doğum günü|narozeniny|生日|syntymäpäivä",
    "birth year": "birth year|geburtsjahr|année de naissance",
    "birth month": "birth month|geburtsmonat|mois de naissance",
    "birth day": "birth day|jour de naissance",
    "notes": "notes|notizen|notas|anotações|note|notities|anteckningar|メモ|заметки|"
    "comments|notatki|notlar|poznámky|附注|附註|notizie|muistiinpanot",
    "tags": "categories|kategorien|catégories|categorías|categorias|categorie|categorieën|kategorier|分類項目|"
    "category|categorie|kategorie|категории|kategoriler|类别|類別|luokat",
    "shown": "e-mail display name|e-mail: angezeigter name|nom complet de l'adresse de messagerie|"
    "nombre de pantalla de correo electrónico|nome visualizzato posta elettronica|weergavenaam voor e-mail",
    "phonetic_first_name": "given yomi|given name yomi",
    "phonetic_last_name": "surname yomi|surname name yomi",
}  # fmt: skip
WORDS_OF_BOOKS = {column: field for field, columns in _COLUMNS.items() for column in columns.split("|")}
_PLAIN_WORDS = frozenset({"email", "e-mail", "email address"})
"""What the lists of other programs call an address; they say in columns of their own who wants no letters."""
_YAHOOS = "messenger id"
"""A column of Yahoo's alone, whose others have words that any list has."""
_SAYS_NOTHING = re.compile(
    r"(?:e-mail|email|type de messagerie|nom complet|e-mail-typ).*(?:type?|typ|display name|angezeigter name|"
    r"messagerie(?: \d)?)|gender|geschlecht|sexe|priority|priorität|priorité|private|privat|privé|sensitivity|"
    r"vertraulichkeit|anniversary|jahrestag|language|sprache|e-mail-typ|initials|initialen|initiales"
)
"""Columns that Outlook fills by itself, or that say nothing without another one."""
_SHOWN_ADDRESS = re.compile(r"\s*\([^()]*@[^()]*\)|\S+@\S+")
"""What Outlook puts behind the name that it shows of an address, or shows alone."""
_KINDS_OF_ADDRESS = frozenset({"SMTP", "EX"})
"""What Outlook writes beside each address."""
_NO_DAY = re.compile(r"0{1,2}([./-])0{1,2}\1\d{2,4}|00/00/00")
"""Outlook's day where it knows none."""
SALUTATIONS = frozenset({
    "mr", "mrs", "ms", "miss", "mx", "herr", "frau", "hr", "fr", "m", "mme", "mlle", "sr", "sra", "srta", "sig",
    "sigra", "dhr", "mevr", "monsieur", "madame", "señor", "señora",
})  # fmt: skip
_MORE = ("nickname", "department", "phonetic_first_name", "phonetic_last_name")
_Cells = dict[str, str]


def is_address_book_header(header: Sequence[str]) -> bool:
    """A name, an address and several more columns of those that Outlook and Thunderbird write."""
    fields = {WORDS_OF_BOOKS[column] for column in header if column in WORDS_OF_BOOKS}
    if not _PLAIN_WORDS.isdisjoint(header) and _YAHOOS not in header:
        return False
    return len(fields) >= _FEWEST_KNOWN and "email 1" in fields and not fields.isdisjoint({"first", "last", "full"})


def read_address_book(table: Table) -> Iterator[PersonRecord | BadLine | SkippedLine]:
    """One person or organisation per row."""
    fields, opt_outs = _fields(table.columns), OptOutColumns(table.columns)
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
            elif column and not field and not _is_of_no_use(column, cell):
                others[column] = cell
        card = _card(cells, others)
        card.wants_no_letters, doubts = opt_outs.look(dict(_texts(table.columns, row)))
        yield record_of(card, line, unread_values=[*unread, *doubts])


def _texts(columns: Sequence[str], row: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What a row says, by column."""
    return ((column, cell.strip()) for column, cell in zip(columns, row, strict=True) if not is_nothing(cell))


def _is_of_no_use(column: str, cell: str) -> bool:
    return is_nothing(cell) or cell in _KINDS_OF_ADDRESS or _SAYS_NOTHING.fullmatch(column) is not None


def _fields(columns: Sequence[str]) -> list[str | None]:
    """What each column is. A title may be a person's or a position's; German has one name for two columns."""
    fields = [WORDS_OF_BOOKS.get(column) for column in columns]
    if "birth year" in fields:
        fields = ["birth day" if field == "birthday" else field for field in fields]
    title = "prefix" if "title" in fields else "title"
    return [title if column in {"title", "titre"} else field for column, field in zip(columns, fields, strict=True)]


def _card(cells: _Cells, others: dict[str, Json]) -> Card:
    prefix = cells.get("prefix", "")
    names = [cells.get(field, "") for field in ("first", "middle", "last", "suffix")]
    return Card(
        # Who was taken over from a letter has no other name.
        full=cells.get("full", "") or ("" if any(names) else _SHOWN_ADDRESS.sub("", cells.get("shown", ""))),
        prefix="" if prefix.rstrip(".").lower() in SALUTATIONS or not any(names) else prefix,
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
