"""Until when somebody is away, as an automatic reply says it, in figures or in words (docs/mail.md, "Absences")."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

_LONGEST_ABSENCE = timedelta(days=400)
_READ_CHARS = 2000
_NEAR_CHARS = 45
_MONTHS = """\
january jan januar jänner janvier enero ene gennaio janeiro januari stycznia tammikuuta ledna ocak января січня
  januára siječnja ianuarie ιανουαρίου בינואר يناير
february feb februar février févr febrero febbraio fevereiro februari lutego helmikuuta února şubat февраля
  лютого februára veljače februarie φεβρουαρίου בפברואר فبراير
march mar märz mrz mars marzo março maart marts marca maaliskuuta března mart марта березня
  ožujka martie μαρτίου במרץ مارس
april apr avril avr abril abr aprile kwietnia huhtikuuta dubna nisan апреля квітня
  apríla travnja aprilie απριλίου באפריל أبريل
may mai mayo maggio maio mei maj maja toukokuuta května mayıs мая травня
  mája svibnja μαΐου במאי مايو
june jun juni juin junio giugno junho czerwca kesäkuuta června haziran июня червня
  júna lipnja iunie ιουνίου ביוני يونيو
july jul juli juillet juil julio luglio julho lipca heinäkuuta července temmuz июля липня
  júla srpnja iulie ιουλίου ביולי يوليو
august aug août agosto augustus augusti sierpnia elokuuta srpna ağustos августа серпня
  augusta kolovoza αυγούστου באוגוסט أغسطس
september sept sep septembre septiembre settembre setembro września syyskuuta září eylül сентября вересня
  septembra rujna septembrie σεπτεμβρίου בספטמבר سبتمبر
october oct oktober okt octobre octubre ottobre outubro października lokakuuta října ekim октября жовтня
  októbra octombrie οκτωβρίου באוקטובר أكتوبر
november nov novembre noviembre novembro listopada marraskuuta listopadu kasım ноября листопада
  novembra studenoga noiembrie νοεμβρίου בנובמבר نوفمبر
december dec dezember dez décembre déc diciembre dicembre dezembro grudnia joulukuuta prosince aralık декабря
  грудня decembra prosinca decembrie δεκεμβρίου בדצמבר ديسمبر
"""
"""A month a line, continued where it is indented: its names as they stand beside a day, and their short forms."""
_CUES = re.compile(
    r"\b(?:until|till|through|thru|to|back|return\w*|available|bis|zurück|wieder|erreichbar|jusqu['’]?au|retour|reviens"
    r"|serai|au|hasta|vuelv\w+|regres\w+|volver\w*|fino|rientr\w+|torn\w+|al|até|retorn\w+|volt\w+|tot|terug|weer|t/m"
    r"|till och med|tillbaka|tilbage|tilbake|til|saakka|asti|palaan|do|wracam|wrócę|zpět|späť|vraćam|până"
    r"|revin|μέχρι|έως|επιστρέφω|επιστρέψω|до|вернусь|вернуся|kadar|döneceğim)\b|\d[.\s]*[-–—]\s*$|至|直到",
    re.IGNORECASE,
)
_LAST_DAY = re.compile(
    r"(?:\b(?:through|thru|t/m|t\.o\.m\.|till och med|til og med|tot en met"
    r"|bis (?:und mit|einschließlich|einschl\.|inkl\.))"
    r"|\d[.\s]*[-–—]"
    r"|\b(?:from|vom|von|du|dal|van|från|fra|od|с)\b[^!?]{0,25}\d[^!?]{0,14}"
    r"\b(?:to|until|till|bis(?: zum)?|au|al|tot|hasta(?: el)?|til|do|по|до)\b)\s*(?:\w+,?\s+)?$",
    re.IGNORECASE,
)
"""What stands before a date that is the last day of an absence, and not the first behind it."""
_INCLUDED = re.compile(
    r"[\s,(]{0,3}(?:inclusi\w+|included|inclus|inclu[ií]d[oa]|compreso|inbegrepen|einschließlich|eingeschlossen|inkl)\b",
    re.IGNORECASE,
)
"""What stands behind such a date."""
_IN_FIGURES = re.compile(
    r"(?<!\d)(?:(?P<iso_year>20\d\d)[-/.年](?P<iso_month>\d{1,2})[-/.月](?P<iso_day>\d{1,2})"
    r"|(?P<cjk_month>\d{1,2})[月월]\s?(?P<cjk_day>\d{1,2})[日일]"
    r"|(?P<first>\d{1,2})(?P<sep>[./-])\s?(?P<second>\d{1,2})(?:(?P=sep)\s?(?P<year>(?:20)?\d\d)(?!\d)|(?P<open>\.)?))"
    r"(?!\d)"
)
_WORD = r"[^\W\d_]{3,14}"
_DAY_FIRST = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:\.|st|nd|rd|th|er|º|°|:e)?\s+(?:of\s+|de\s+|d['’])?({_WORD})\.?(?:,?\s+(?:de\s+)?(20\d\d))?",
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(rf"\b({_WORD})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,?\s+(20\d\d))?", re.IGNORECASE)


def absent_until(text: str, written_on: date) -> date | None:
    """The last date that an automatic reply names as an end or a return; None where it names none.

    Behind a word such as "through" it is the last day of the absence, so that the day after it counts.

    Args:
        text: what the reply says
        written_on: the day on which it was written: earlier dates, and those more than a year away, don't count
    """
    read = text[:_READ_CHARS]
    dates = [
        (place, day + timedelta(days=_is_last_day(read, place, end)))
        for place, end, day in _dates(read, written_on)
        if written_on <= day <= written_on + _LONGEST_ABSENCE
    ]
    after_cue = [day for place, day in dates if _CUES.search(_before(read, place))]
    return max(after_cue or [day for _, day in dates], default=None)


def _is_last_day(text: str, begin: int, end: int) -> bool:
    """Whether somebody is still away on the date that stands there."""
    return _LAST_DAY.search(_before(text, begin)) is not None or _INCLUDED.match(text, end) is not None


def _before(text: str, place: int) -> str:
    """What stands before a date in its sentence, as far as it is near."""
    near = text[max(0, place - _NEAR_CHARS) : place]
    return re.split(r"[!?\n]|\.\s+(?=[^\W\d_])", near)[-1]


def _dates(text: str, written_on: date) -> Iterator[tuple[int, int, date]]:
    """Each date with where it begins and ends."""
    for match in _IN_FIGURES.finditer(text):
        if _is_a_date(match, text) and (day := _in_figures(match, written_on)) is not None:
            yield match.start(), match.end(), day
    for pattern, day_group, month_group in ((_DAY_FIRST, 1, 2), (_MONTH_FIRST, 2, 1)):
        for match in pattern.finditer(text):
            month = _month(match[month_group])
            if month is not None and (day := _day(match[3], month, int(match[day_group]), written_on)) is not None:
                yield match.start(), match.end(), day


def _is_a_date(match: re.Match[str], text: str) -> bool:
    """Whether figures are a date: without a year 12.11. is one, 11/16 only behind a word such as "until"."""
    if match["first"] is None or match["year"] is not None:
        return True
    if match["sep"] == "/":
        return match[0] != "24/7" and _CUES.search(_before(text, match.start())) is not None
    return match["sep"] == "." and match["open"] is not None


def _in_figures(match: re.Match[str], written_on: date) -> date | None:
    if match["iso_year"]:
        return _day(match["iso_year"], int(match["iso_month"]), int(match["iso_day"]), written_on)
    if match["cjk_month"]:
        return _day(None, int(match["cjk_month"]), int(match["cjk_day"]), written_on)
    first, second = int(match["first"]), int(match["second"])
    by_day = _day(match["year"], second, first, written_on)
    if match["sep"] != "/":
        return by_day
    # 11/12 is the one in America and the other elsewhere: the nearer one that is still ahead.
    by_month = _day(match["year"], first, second, written_on)
    return min((day for day in (by_day, by_month) if day is not None and day >= written_on), default=None)


def _day(year: str | None, month: int, day: int, written_on: date) -> date | None:
    """The day; without a year that which is nearest to the day of writing."""
    if year is not None:
        return _date_of(int(year) if len(year) == 4 else 2000 + int(year), month, day)
    around = (_date_of(written_on.year + shift, month, day) for shift in (-1, 0, 1))
    return min((each for each in around if each is not None), key=lambda each: abs(each - written_on), default=None)


def _date_of(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _month(word: str) -> int | None:
    if word == "may":
        return None  # "I may 2 ...": as a month it has a capital
    return _months_by_name().get(word.lower())


@cache
def _months_by_name() -> dict[str, int]:
    lines = _MONTHS.replace("\n  ", " ").splitlines()
    return {name: number for number, names in enumerate(lines, start=1) for name in names.split()}
