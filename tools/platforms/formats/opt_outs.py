"""Columns of lists in which somebody says that they want no letters (docs/formats.md, "Who wants no letters").

A word that is not understood counts as that wish and is told: a letter too few can be sent later.
"""

import re
from collections.abc import Mapping, Sequence

from onelane.tools.platforms.formats.cells import yes_or_no
from onelane.tools.platforms.formats.records import Unread, excerpt

_OUT = re.compile(
    r"unsubscri|\bunsub|opt(?:ed)?[ _-]*out|\bdo[ _-]*not[ _-]*(?:e-?mail|contact|mail|write|market)|"
    r"\bno[ _-]*(?:e-?mails?|marketing)\b|e-?mails?[ _-]*disabled|blacklist|clean(?:ed)?[ _-]time|"
    r"abgemeldet|abmeldung|austragung|keine e-?mails?|nicht (?:kontaktieren|anschreiben)|"
    r"désabonn|desabonn|désinscri|desinscri|ne pas (?:contacter|écrire)|"
    r"dad[oa] de baja|\bno (?:contactar|enviar|escribir)|descadastrad|não (?:contatar|contactar|enviar)|"
    r"disiscritt|non contattare|uitgeschreven|afgemeld|niet (?:contacteren|mailen|benaderen)|"
    r"avregistrer|avprenumerer|avmeldt|afmeldt|peruutta|wypisan|nie kontaktować|odhlášen|leiratkoz|"
    r"отпис|не писать|не беспоко|відпис|配信停止|退订|退訂|수신 ?거부"
)
"""What a column is called in which yes means no letters."""
_IN = re.compile(
    r"opt(?:ed)?[ _-]*in\b|accepts?[ _-]*(?:e-?mail[ _-]*)?marketing|marketing[ _-]*(?:consent|permission|allowed)|"
    r"(?:e-?mail|newsletter)[ _-]*(?:consent|permission|allowed)|(?:is[ _-]*)?subscribed(?:\b|_)|"
    r"einwilligung|zustimmung|consentement|consentimiento|consentimento|consenso|toestemming|samtycke|samtykke|zgoda"
)
"""What a column is called in which no means no letters."""
_STATUS = re.compile(
    r"(?:subscription|subscriber|marketing|newsletter|e-?mail|member|contact)[ _-]*(?:contact[ _-]*)?status|"
    r"abo-?status|\A(?:status|estado|statut|stato|stan|статус|durum|ステータス|状态|狀態|상태)\Z"
)
_STATUS_OUT = re.compile(
    r"unsubscri|(?:not|never|non)[ _-]*subscri|no[ _-]*consent|opt(?:ed)?[ _-]*out|suppress|blocked|complain|cleaned|"
    r"bounced|" + _OUT.pattern
)
_AGREED = frozenset({"subscribed", "granted", "confirmed", "opted in", "opted-in", "opt in", "opt-in", "accepted"})
"""What programs write where somebody has agreed."""
_ABOUT_IT = re.compile(r"(?:\b|_)(?:date|datum|fecha|data|time|at|on|reason|grund|source|timestamp)(?:\b|_)")
"""Columns about the wish: when and why. One that says when somebody left says that they did."""
_NO_WISH = re.compile(r"(?:\b|_)(?:link|url|token|id|ip|page)(?:\b|_)")
"""Columns that everybody has something in, such as the address of the page to unsubscribe."""


class OptOutColumns:
    """The columns of one table that tell who wants no letters.

    Args:
        columns: all of its columns, in lower case
    """

    def __init__(self, columns: Sequence[str]) -> None:
        columns = [column for column in columns if not _NO_WISH.search(column)]
        self._out = [column for column in columns if _OUT.search(column)]
        rest = [column for column in columns if column not in self._out and not _ABOUT_IT.search(column)]
        self._status = [column for column in rest if _STATUS.search(column)]
        self._in = [column for column in rest if column not in self._status and _IN.search(column)]

    @property
    def names(self) -> frozenset[str]:
        """Which columns these are."""
        return frozenset((*self._out, *self._status, *self._in))

    def look(self, cells: Mapping[str, str]) -> tuple[bool, list[Unread]]:
        """Whether a row says that its person wants no letters, and what of it was not understood.

        Args:
            cells: what the row says, by column, without what says nothing
        """
        unread: list[Unread] = []
        wishes = [self._says_out(column, cells[column], unread) for column in self._out if column in cells]
        wishes += [self._says_no(column, cells[column], unread) for column in self._in if column in cells]
        wishes += [_STATUS_OUT.search(cells[column].lower()) is not None for column in self._status if column in cells]
        return any(wishes), unread

    def _says_out(self, column: str, cell: str, unread: list[Unread]) -> bool:
        return _certain(column, cell, unread, is_told=_ABOUT_IT.search(column) is None) is not False

    def _says_no(self, column: str, cell: str, unread: list[Unread]) -> bool:
        if cell.lower() in _AGREED:
            return False
        if _STATUS_OUT.search(cell.lower()):
            return True
        return _certain(column, cell, unread, is_told=True) is not True


def _certain(column: str, cell: str, unread: list[Unread], *, is_told: bool) -> bool | None:
    """Yes or no; None for another word, which is told."""
    meaning = yes_or_no(cell)
    if meaning is None and is_told:
        unread.append(Unread(f"{column}: neither yes nor no, counted as a wish for no letters", excerpt(cell)))
    return meaning
