"""The names of months as platforms and spreadsheets write them, in languages of Europe and Asia."""

from functools import cache

# A month a paragraph: whole words, also declined and shortened. A word that is another month in another language is
# left out, such as `listopad`: October in Zagreb, November in Prague.
_WORDS = """
jan january ene enero gen gener gennaio ian ianuarie jaan jaanuar janeiro januar januari január januára janv janvier
janvāris janúar jän jänner led leden ledna oca ocak saus sausio sausis sij siječanj siječnja sty styczeń stycznia
tammi tammikuu tammikuuta ιαν ιανουάριος ιανουαρίου сту студзень студзеня січ січень січня янв январь января яну
януари јан јануар ינואר يناير जनवरी जानेवारी มค มกราคม জানুয়ারী জানুয়ারি ژانویه i

feb february febbraio febr febrer febrero februar februari februarie február februára februāris febrúar fev fevereiro
févr février helmi helmikuu helmikuuta lut lutego luty vas vasario vasaris veebr veebruar velj veljača veljače úno
únor února şub şubat φεβ φεβρουάριος φεβρουαρίου лют лютага лютий лютого люты феб фебруар фев февр февраль февраля
февруари פברואר فبراير फ़रवरी फरवरी फेब्रुवारी กพ กุมภาพันธ์ ফেব্রুয়ারী ফেব্রুয়ারি فوریه peb pebruari ii

mar march bře březen března kov kovas kovo maalis maaliskuu maaliskuuta maart marca marec maret mars mart martie marts
marzec marzo març março mrt mrz márc március mär märts märz ožu ožujak ožujka μάρ μάρτιος μαρ μαρτίου бер березень
березня мар март марта сак сакавік сакавіка מרץ مارس मार्च มีค มีนาคม মার্চ mac iii

apr april abr abril aprile aprilie aprill apríl apríla aprīlis avr avril bal balandis balandžio dub duben dubna huhti
huhtikuu huhtikuuta kwi kwiecień kwietnia nis nisan tra travanj travnja ápr április απρ απρίλιος απριλίου апр апрель
апреля април квіт квітень квітня кра красавік красавіка אפריל أبريل अप्रैल एप्रिल เมย เมษายน এপ্রিল آوریل iv

may geg gegužė gegužės kvě květen května mag maggio mai maig maijs maio maj maja mayo mayıs maí mei máj mája május svi
svibanj svibnja touko toukokuu toukokuuta μάι μάιος μαΐ μαΐου май мая мај трав травень травня מאי مايو मई मे พค
พฤษภาคม মে مه v

jun june birž birželio birželis cze czerwca czerwiec giu giugno haz haziran iun iunie juin junho juni junij junio juny
juuni jún júna június júní jūn jūnijs kesä kesäkuu kesäkuuta lipanj lipnja červen června čvn ιουν ιουνίου ιούν ιούνιος
июн июнь июня черв червень червня чэр чэрвень чэрвеня юни јун יוני يونيو जून มิย มิถุนายน জুন ژوئن vi

jul july heinä heinäkuu heinäkuuta iul iulie juil juillet julho juli julij julio juliol juuli júl júla július júlí jūl
jūlijs liep liepa liepos lipca lipiec lug luglio srpanj srpnja tem temmuz července červenec čvc ιουλ ιουλίου ιούλ
ιούλιος июл июль июля лип липень липня ліп ліпень ліпеня юли јул יולי يوليو जुलाई जुलै กค กรกฎาคม জুলাই ژوئیه julai
vii

aug august ag ago agost agosto agu agustus août augusta augusti augusts augustus augusztus avg avgust ağu ağustos elo
elokuu elokuuta kol kolovoz kolovoza rugp rugpjūtis rugpjūčio sie sierpień sierpnia srpen srpna ágú ágúst αυγ
αυγούστου αύγ αύγουστος авг август августа жні жнівень жніўня серп серпень серпня אוגוסט أغسطس अगस्त ऑगस्ट สค สิงหาคม
আগস্ট اوت agt ogos viii

sep sept september eyl eylül rugs rugsėjis rugsėjo ruj rujan rujna septembar septembra septembre septembrie septembris
septiembre set setembre setembro settembre syys syyskuu syyskuuta szept szeptember wrz wrzesień września zář září σεπ
σεπτέμβριος σεπτεμβρίου вер верасень верасня вересень вересня сент сентябрь сентября сеп септембар септември ספטמבר
سبتمبر सितंबर सितम्बर सप्टेंबर กย กันยายน সেপ্টেম্বর سپتامبر ix

oct october eki ekim loka lokakuu lokakuuta octobre octombrie octubre okt oktobar oktober oktobris oktoober október
októbra ott ottobre out outubro paź październik października spal spalio spalis říj říjen října οκτ οκτωβρίου
οκτώβριος жовт жовтень жовтня кас кастрычнік кастрычніка окт октобар октомври октябрь октября אוקטובר أكتوبر अक्टूबर
अक्तूबर ऑक्टोबर ตค ตุลาคม অক্টোবর اکتبر x

nov november kas kasım lapkr lapkritis lapkričio listopadu marras marraskuu marraskuuta noiembrie novembar novembra
novembre novembris novembro noviembre nóv nóvember stu studeni studenoga νοέ νοέμβριος νοε νοεμβρίου лист листопад
листопада ліс лістапад лістапада нов новембар ное ноември нояб ноябрь ноября נובמבר نوفمبر नवंबर नवम्बर नोव्हेंबर พย
พฤศจิกายน নভেম্বর نوامبر xi

dec december ara aralık decembar decembra decembrie decembris des desember desembre dets detsember dez dezember
dezembro dic dicembre diciembre déc décembre gru grudnia grudzień gruod gruodis gruodžio joulu joulukuu joulukuuta pro
prosinac prosinca prosince prosinec δεκ δεκέμβριος δεκεμβρίου груд грудень грудня дек декабрь декабря декември дец
децембар сне снежань снежня דצמבר ديسمبر दिसंबर दिसम्बर डिसेंबर ธค ธันวาคม ডিসেম্বর دسامبر disember xii
"""

_WEEKDAYS = """
mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday
montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so
lundi mardi mercredi jeudi vendredi samedi dimanche lun mar mer jeu ven sam dim
lunes martes miércoles jueves viernes sábado domingo
lunedì martedì mercoledì giovedì venerdì sabato domenica segunda terça quarta quinta sexta
maandag dinsdag woensdag donderdag vrijdag zaterdag zondag måndag tisdag onsdag torsdag fredag lördag söndag
mandag tirsdag lørdag søndag poniedziałek wtorek środa czwartek piątek sobota niedziela
понедельник вторник среда четверг пятница суббота воскресенье
"""


def month_of(word: str) -> int | None:
    """The number of a month, from its name in whatever case; None for another word."""
    return _numbers().get(word.lower())


@cache
def _numbers() -> dict[str, int]:
    months = _WORDS.split("\n\n")
    return {word: number for number, words in enumerate(months, 1) for word in words.split()}


def is_weekday(word: str) -> bool:
    """Whether a word is a day of the week, as it stands before a long day: `Wednesday, March 15, 2023`."""
    return word.lower() in _weekdays()


@cache
def _weekdays() -> frozenset[str]:
    return frozenset(_WEEKDAYS.split())
