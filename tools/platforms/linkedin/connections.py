"""LinkedIn's Connections.csv, in the languages and generations in which LinkedIn has written it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from onelane.tools.platforms.formats.archive import Member
from onelane.tools.platforms.formats.cells import is_nothing, text_or_none
from onelane.tools.platforms.formats.contact_details import addresses_in, full_name, parse_email
from onelane.tools.platforms.formats.decoding import encoding_of, open_text
from onelane.tools.platforms.formats.instants import us_instant, written_instant
from onelane.tools.platforms.formats.records import (
    BadLine,
    Email,
    Json,
    PersonRecord,
    Relation,
    SkippedLine,
    Unread,
    excerpt,
)
from onelane.tools.platforms.formats.table import DELIMITERS, Row, Table, plain_cells
from onelane.tools.platforms.linkedin.profiles import Profile, parse_profile

_LINES_TO_TRY, _LINE_CHARS, _WIDEST = 50, 1 << 16, 9
COLUMNS = ("first name", "last name", "url", "email address", "company", "position", "connected on")
"""As LinkedIn has them in English, and in its order."""
# Only the English names are well attested. The others are LinkedIn's own words for these things in its
# pages; where they don't fit, the columns are told by what is in them.
_NAMES = {
    "first name": (
        "firstname", "given name", "vorname", "prénom", "nombre", "nome", "voornaam", "imię", "förnamn",
        "fornavn", "etunimi", "jméno", "ad", "adı", "имя", "ім'я", "名", "名字", "이름", "الاسم الأول",
    ),
    "last name": (
        "lastname", "surname", "family name", "nachname", "nom", "nom de famille", "apellidos", "apellido",
        "cognome", "sobrenome", "achternaam", "nazwisko", "efternamn", "efternavn", "etternavn", "sukunimi",
        "příjmení", "soyad", "soyadı", "фамилия", "прізвище", "姓", "姓氏", "성", "اسم العائلة",
    ),
    "url": (
        "profile url", "linkedin url", "profil-url", "url du profil", "url del perfil", "url do perfil",
        "adres url", "url-адрес", "網址", "网址",
    ),
    "email address": (
        "email", "e-mail", "e-mail address", "e-mail-adresse", "adresse e-mail",
        "dirección de correo electrónico", "correo electrónico", "indirizzo email", "indirizzo e-mail",
        "endereço de e-mail", "e-mailadres", "adres e-mail", "e-postadress", "e-mailadresse", "e-postadresse",
        "sähköpostiosoite", "e-mailová adresa", "e-posta adresi", "адрес электронной почты",
        "электронная почта", "メールアドレス", "电子邮件地址", "電子郵件地址", "이메일 주소",
    ),
    "company": (
        "company name", "current company", "organization", "organisation", "employer",
        "unternehmen", "firma", "entreprise", "société", "empresa", "azienda", "società", "bedrijf", "företag",
        "virksomhed", "bedrift", "yritys", "společnost", "şirket", "компания", "компанія", "会社", "会社名",
        "公司", "회사",
    ),
    "position": (
        "job title", "title", "current position", "occupation",
        "poste", "cargo", "puesto", "posizione", "qualifica", "functie", "stanowisko", "befattning", "stilling",
        "asema", "pozice", "pozisyon", "должность", "посада", "役職", "职位", "職位", "직책",
    ),
    "connected on": (
        "connected at", "connected date", "date connected", "connection date",
        "verbunden am", "vernetzt am", "vernetzt seit", "connecté le", "en relation depuis", "conectado el",
        "fecha de conexión", "collegato il", "data collegamento", "conectado em", "verbonden op", "połączono",
        "kontakt sedan", "forbundet den", "yhdistetty", "připojeno", "bağlantı tarihi",
        "дата установления контакта", "つながった日", "建立联系日期", "연결 날짜",
    ),
}  # fmt: skip
_FILLERS = frozenset(".-_,*~–—·•|/")
_CONNECTION: tuple[Relation, ...] = ("connection",)
_COLUMN_OF = {name: column for column, names in _NAMES.items() for name in (column, *names)}


class ConnectionColumns(NamedTuple):
    """Where in a row each value stands; -1 for a column that the file does not have."""

    first_name: int
    last_name: int
    url: int
    email: int
    company: int
    position: int
    connected_on: int


def connection_columns(header: Sequence[str]) -> ConnectionColumns:
    """Where the columns are in a header of plain cells."""
    columns = [_COLUMN_OF.get(cell) for cell in header]
    return ConnectionColumns(*(columns.index(column) if column in columns else -1 for column in COLUMNS))


def is_connections_header(header: Sequence[str]) -> bool:
    """A name, and something that only a list of connections has beside it."""
    at = connection_columns(header)
    return (at.first_name >= 0 or at.last_name >= 0) and (at.url >= 0 or at.connected_on >= 0)


def could_be_any_list(table: Table) -> bool:
    """Whether a table is LinkedIn's only by profiles that it holds: it has neither LinkedIn's days nor its `URL`."""
    header = plain_cells(table.header, table.delimiter)
    return "url" not in header and connection_columns(header).connected_on < 0


def read_connections(
    columns: Sequence[str], rows: Iterable[Row | BadLine], source: str
) -> Iterator[PersonRecord | BadLine | SkippedLine]:
    """One person per row. This loop runs a hundred thousand times in an import, so it spells things out.

    Args:
        columns: the header, in plain cells
        rows: the rows, each with as many cells
        source: where they are from, in the words of an error
    """
    at_first, at_last, at_url, at_email, at_company, at_position, at_connected = connection_columns(columns)
    instant = lru_cache(maxsize=8192)(_instant)
    for entry in rows:
        if isinstance(entry, BadLine):
            yield entry
            continue
        line, row = entry
        row.append("")  # what a column reads that the file does not have
        unread_cells = _clear_spoilt(row, columns) if "#" in "".join(row) else []
        first, last = row[at_first].strip(), row[at_last].strip()
        if len(first) == 1 or len(last) == 1:
            first, last = _without_fillers(first, last)
        if not (first or last):
            yield _nameless(source, line, unread_cells)
            continue
        profile = parse_profile(row[at_url])
        if profile is None and row[at_url]:
            profile = _linked_profile(row[at_url], unread_cells)
        emails, extra = _emails(row[at_email], unread_cells) if row[at_email] else ((), {})
        date_text = row[at_connected]
        connected_at = instant(date_text)
        if connected_at is None and not is_nothing(date_text):
            extra["connected_on"] = date_text.strip()
            unread_cells.append(Unread("Connected On: not one certain day", excerpt(date_text)))
        slug, url = profile or (None, None)
        if slug is None and last == "Member" and first == "LinkedIn":
            yield SkippedLine(line, "somebody whom LinkedIn does not name")
            continue
        yield PersonRecord(
            line=line,
            platform="linkedin",
            platform_user_id=slug,
            handle=slug,
            url=url,
            name=full_name(first, last),
            first_name=first or None,
            last_name=last or None,
            emails=emails,
            company=text_or_none(row[at_company]),
            title=text_or_none(row[at_position]),
            connected_at=connected_at,
            relations=_CONNECTION,
            extra=extra,
            unread=tuple(unread_cells) if unread_cells else (),
        )


def _instant(text: str) -> datetime | None:
    """The day of a connection; until 2017 with the time, as LinkedIn writes it elsewhere (`8/12/16, 7:44 AM`)."""
    return written_instant(text) or us_instant(text)


def _without_fillers(first: str, last: str) -> tuple[str, str]:
    """The names without the dot or dash of those who have one name, where LinkedIn asks for two."""
    if first in _FILLERS and last not in _FILLERS:
        return "", last
    return (first, "") if last in _FILLERS and first not in _FILLERS else (first, last)


def _nameless(source: str, line: int, unread_cells: Sequence[Unread]) -> BadLine | SkippedLine:
    if unread_cells:
        return BadLine(line, f"{source}: a spreadsheet has spoilt the name: {unread_cells[0].value}", "a spoilt name")
    return SkippedLine(line, "no name, as LinkedIn leaves it for accounts that were closed")


def _clear_spoilt(row: list[str], columns: Sequence[str]) -> list[Unread]:
    """Empty the cells in which a spreadsheet has put an error."""
    # Imported here, since nearly all rows do without.
    from onelane.tools.platforms.formats.cells import SPOILT, is_spoilt

    spoilt = [place for place, cell in enumerate(row) if is_spoilt(cell.strip())]
    unread_cells = [Unread(f"{columns[place]}: {SPOILT}", excerpt(row[place])) for place in spoilt]
    for place in spoilt:
        row[place] = ""
    return unread_cells


def _linked_profile(cell: str, unread_cells: list[Unread]) -> Profile | None:
    """The profile that a spreadsheet's link leads to."""
    from onelane.tools.platforms.formats.cells import without_formula

    profile = parse_profile(without_formula(cell.strip()))
    if profile is None and cell.strip():
        unread_cells.append(Unread("URL: not the address of a LinkedIn profile", excerpt(cell)))
    return profile


def _emails(text: str, unread_cells: list[Unread]) -> tuple[tuple[Email, ...], dict[str, Json]]:
    if email := parse_email(text):
        return (email,), {}
    valid: dict[str, Email] = {}
    invalid: list[Json] = []
    for address in [] if is_nothing(text) else addresses_in(text):
        if email := parse_email(address):
            valid.setdefault(email.normalized, email)
        else:
            invalid.append(address)
            unread_cells.append(Unread("Email Address: not an e-mail address", excerpt(address)))
    return tuple(valid.values()), {"invalid_emails": invalid} if invalid else {}


def find_connections_by_addresses(member: Member) -> Table | None:
    """The table of connections whose header is in a language that is not known.

    It is told by its rows: LinkedIn puts two names before the profile's address, in a narrow table. The first line of
    the block that such a row stands in is its header, whatever it says.
    """
    encoding = encoding_of(member.head())
    if encoding is None:
        return None
    with open_text(member.open(), encoding) as text:
        lines = [text.readline(_LINE_CHARS) for _ in range(_LINES_TO_TRY)]
    for delimiter in DELIMITERS:
        widths: list[int] = []
        for line in lines:
            cells = plain_cells(line, delimiter)
            widths.append(len(cells))
            if 3 <= len(cells) <= _WIDEST and parse_profile(cells[2]):
                columns = COLUMNS if len(cells) == len(COLUMNS) else (*COLUMNS[:3], *[""] * (len(cells) - 3))
                before = _header_line(widths)
                return Table(member, encoding, delimiter, columns, before, header="".join(lines[before - 1 : before]))
    return None


def _header_line(widths: list[int]) -> int:
    """How many lines stand before the first row, given the widths of all lines up to a row that is sure."""
    first = len(widths) - 1
    while first > 0 and widths[first - 1] == widths[-1]:
        first -= 1
    return first if first == len(widths) - 1 else first + 1
