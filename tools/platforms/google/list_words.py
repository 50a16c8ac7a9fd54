"""What the columns of people's lists are called, in the languages of their people (docs/formats.md, "Plain lists").

Words are compared without regard to case, `-`, `_` and other marks: `E-Mail`, `e_mail` and `email` are one.
"""

import re
from functools import cache

from onelane.tools.platforms.google.address_book_csv import WORDS_OF_BOOKS

_WORDS = {
    "first": "first name|firstname|fname|given name|forename|vorname|prénom|prenom|nombre|nombres|nombre de pila|"
    "nome|primeiro nome|voornaam|förnamn|fornavn|etunimi|imię|jméno|křestní jméno|krstné meno|имя|ім'я|ad|adı|"
    "i\u0307sim|isim|utónév|keresztnév|prenume|όνομα|名|名前 名|이름|名字|שם פרטי|الاسم الأول|tên|nama depan",
    "middle": "middle name|zweiter vorname|segundo nombre|отчество|по батькові|mellannamn|mellomnavn",
    "last": "last name|lastname|lname|surname|family name|nachname|familienname|zuname|nom de famille|nom|apellidos|"
    "apellido|sobrenome|cognome|achternaam|efternamn|efternavn|etternavn|sukunimi|nazwisko|příjmení|priezvisko|"
    "фамилия|прізвище|soyad|soyadı|soyisim|vezetéknév|családnév|nume de familie|επώνυμο|姓|姓氏|성|שם משפחה|"
    "اسم العائلة|họ|nama belakang",
    "full": "name|full name|fullname|display name|person|contact|contact name|your name|name surname|"
    "first and last name|first last name|vollständiger name|vor und nachname|vor und zuname|vorname nachname|"
    "nom complet|nom et prénom|prénom et nom|nom prénom|nombre completo|nombre y apellidos|nombre y apellido|"
    "nome completo|nome e cognome|nome e sobrenome|nominativo|volledige naam|naam|namn|fullständigt namn|navn|"
    "fulde navn|fullt navn|nimi|koko nimi|imię i nazwisko|jméno a příjmení|celé jméno|meno a priezvisko|фио|"
    "имя и фамилия|полное имя|ім'я та прізвище|піб|ad soyad|adı soyadı|isim soyisim|név|teljes név|nume|"
    "nume complet|nume și prenume|ονοματεπώνυμο|氏名|名前|お名前|姓名|성명|성함|שם|שם מלא|الاسم|الاسم الكامل|"
    "họ và tên|họ tên|nama|nama lengkap|meno|ime i prezime",
    "nickname": "nickname|spitzname|surnom|apodo|apelido|soprannome|bijnaam|smeknamn",
    "prefix": "prefix|salutation|name prefix|anrede|civilité|tratamiento|tratamento|aanhef|обращение|oslovení",
    "title": "title|titel|titre|título|titolo|tytuł|titul|titulus|titre de civilité|unvan",
    "suffix": "suffix|name suffix|namenszusatz",
    "email": "email|email address|mail|mail address|mail id|email id|your email|work email|business email|"
    "personal email|private email|home email|other email|secondary email|second email|alternate email|primary email|"
    "all emails|emails|email addresses|additional emails|mailadresse|email adresse|emailadresse|adresse email|"
    "adresse mail|adresse courriel|courriel|adresse électronique|correo|correo electrónico|dirección de correo|"
    "dirección de email|endereço de email|correio eletrónico|correio eletrônico|indirizzo email|indirizzo mail|"
    "posta elettronica|emailadres|mailadres|epost|e postadress|e postadresse|epostadress|epostadresse|mejl|"
    "mejladress|sähköposti|sähköpostiosoite|adres email|adres mailowy|emailová adresa|emailová|почта|"
    "электронная почта|адрес электронной почты|эл почта|имейл|пошта|електронна пошта|електронна адреса|e posta|"
    "eposta|e posta adresi|email cím|emailcím|e mail cím|adresă de email|adresa de email|διεύθυνση email|メール|"
    "メールアドレス|eメール|邮箱|电子邮箱|电子邮件|邮箱地址|電子郵件|電郵|信箱|이메일|이메일 주소|메일|אימייל|"
    "דואר אלקטרוני|البريد الإلكتروني|بريد إلكتروني|địa chỉ email|alamat email|surel",
    "mobile": "mobile|mobile phone|mobile number|mobile no|cell|cell phone|cellphone|cellular|whatsapp|"
    "whatsapp number|handy|handynummer|mobil|mobilnummer|mobiltelefon|portable|téléphone portable|tél mobile|móvil|"
    "celular|telemóvel|cellulare|mobiel|mobiele nummer|mobielnummer|matkapuhelin|komórka|telefon komórkowy|"
    "мобильный|мобильный телефон|мобільний|cep|cep telefonu|κινητό|携帯|携帯電話|手机|手机号|手機|휴대폰|휴대전화|"
    "נייד|الجوال",
    "phone": "phone|phone number|phone no|telephone|telephone number|tel|tel no|work phone|business phone|"
    "home phone|direct phone|direct dial|office phone|other phone|primary phone|contact number|telefon|"
    "telefonnummer|rufnummer|tel nr|téléphone|numéro de téléphone|tél|teléfono|número de teléfono|telefone|"
    "número de telefone|telefono|numero di telefono|telefoon|telefoonnummer|puhelin|puhelinnumero|numer telefonu|"
    "telefonní číslo|telefónne číslo|телефон|номер телефона|номер телефону|telefon numarası|telefonszám|"
    "număr de telefon|τηλέφωνο|電話|電話番号|电话|电话号码|電話號碼|전화|전화번호|טלפון|الهاتف|رقم الهاتف|"
    "điện thoại|số điện thoại|telepon|nomor telepon",
    "fax": "fax|fax number|telefax|faxnummer|télécopie|факс",
    "company": "company|company name|organization|organisation|organization name|organisation name|account name|"
    "employer|business|business name|associated company|current company|firma|firmenname|unternehmen|arbeitgeber|"
    "entreprise|société|nom de l'entreprise|empresa|nombre de la empresa|compañía|organización|organização|azienda|"
    "società|ragione sociale|bedrijf|bedrijfsnaam|organisatie|företag|företagsnamn|virksomhed|bedrift|yritys|"
    "nazwa firmy|společnost|spoločnosť|компания|организация|компанія|організація|şirket|firma adı|kurum|cég|cégnév|"
    "vállalat|companie|εταιρεία|εταιρία|会社|会社名|企業名|公司|公司名称|公司名稱|单位|회사|회사명|חברה|الشركة|"
    "công ty|perusahaan",
    "department": "department|abteilung|département|departamento|reparto|afdeling|avdelning|dział|отдел|部署|部门|"
    "部門|부서",
    "job": "job title|jobtitle|job|position|position title|role|occupation|current position|berufsbezeichnung|beruf|"
    "funktion|rolle|stelle|poste|fonction|intitulé du poste|cargo|puesto|rol|função|posizione|ruolo|qualifica|"
    "mansione|functie|functietitel|befattning|roll|stilling|tehtävä|ammatti|nimike|stanowisko|pozice|"
    "pracovní pozice|pozícia|должность|посада|ünvan|pozisyon|görev|beosztás|munkakör|funcție|θέση|役職|肩書き|职位|"
    "職位|职务|職稱|직책|직위|תפקיד|المسمى الوظيفي|chức vụ|jabatan",
    "city": "city|town|city town|stadt|ort|wohnort|ville|ciudad|localidad|cidade|città|stad|plaats|woonplaats|"
    "kaupunki|miasto|miejscowość|město|mesto|город|місто|şehir|város|oraș|πόλη|市|城市|도시|mailing city|work city",
    "region": "state|state region|state province|province|region|county|bundesland|kanton|région|provincia|estado|"
    "provincie|län|województwo|kraj|регион|область|mailing state|mailing state province",
    "country": "country|country region|land|staat|pays|país|paese|nazione|maa|państwo|země|krajina|страна|країна|"
    "ülke|ország|țară|χώρα|国|国家|國家|국가|mailing country|country name",
    "place": "location|place|based in|standort|lieu|ubicación|localização|luogo|località|locatie|plats|sijainti|"
    "lokalizacja|местоположение|konum|所在地|地点",
    "website": "website|web site|web|url|homepage|home page|web page|webpage|personal website|company website|"
    "company url|webseite|internetseite|site|site web|site internet|sitio web|página web|sito|sito web|hemsida|"
    "webbplats|hjemmeside|nettside|kotisivu|verkkosivu|strona|strona www|strona internetowa|webová stránka|www|сайт|"
    "веб сайт|web sitesi|weboldal|honlap|ιστοσελίδα|ウェブサイト|网站|網站|웹사이트|company domain name|blog",
    "linkedin": "linkedin|linkedin url|linkedin profile|linkedin profile url|linkedin link|linkedin profil|"
    "profil linkedin|person linkedin url|linkedin bio|linkedinurl|linkedin contact profile url|hs linkedin url|"
    "profile url",
    "x": "twitter|x|twitter handle|twitter username|twitter url|twitter profile|x handle|x twitter|twitter x|x url|"
    "twitter name|person twitter url",
    "birthday": "birthday|birthdate|birth date|date of birth|dob|geburtstag|geburtsdatum|date de naissance|"
    "fecha de nacimiento|cumpleaños|data de nascimento|aniversário|data di nascita|compleanno|geboortedatum|"
    "födelsedag|fødselsdag|syntymäaika|data urodzenia|datum narození|дата рождения|день рождения|дата народження|"
    "doğum tarihi|születési dátum|誕生日|生年月日|生日|생일",
    "notes": "notes|note|comments|comment|remarks|description|about|memo|notizen|notiz|bemerkung|bemerkungen|"
    "anmerkung|anmerkungen|kommentar|kommentare|remarques|commentaire|commentaires|notas|nota|comentarios|"
    "observaciones|comentários|observações|anotações|appunti|commenti|opmerkingen|opmerking|notities|anteckningar|"
    "anteckning|kommentarer|noter|notater|huomautukset|muistiinpanot|notatki|uwagi|poznámky|poznámka|заметки|"
    "заметка|примечание|комментарий|нотатки|коментар|notlar|açıklama|megjegyzés|jegyzetek|σημειώσεις|メモ|備考|备注|"
    "備註|비고|메모|הערות|ملاحظات|ghi chú|catatan",
    "tags": "tags|tag|labels|label|categories|category|groups|group|segments|lists|list|schlagworte|schlagwörter|"
    "kategorie|kategorien|gruppe|gruppen|étiquettes|étiquette|catégorie|catégories|groupe|groupes|etiquetas|"
    "etiqueta|categoría|categorías|grupo|grupos|categoria|categorias|etichette|etichetta|categorie|gruppo|gruppi|"
    "categorieën|groep|groepen|etiketter|taggar|grupp|grupper|tunnisteet|ryhmä|etykiety|grupa|grupy|štítky|skupina|"
    "теги|тег|метки|группа|группы|категория|мітки|etiketler|grup|címkék|csoport|etichete|ετικέτες|タグ|グループ|"
    "标签|標籤|分组|태그|그룹|תגיות",
}  # fmt: skip
WHOLE_NAMES_TOO = frozenset({
    "nombre", "nome", "nom", "имя", "ім'я", "ad", "adı", "isim", "imię", "jméno", "名", "名字", "이름", "όνομα", "ime",
    "tên", "prenume",
})  # fmt: skip
"""Words for a part of a name that stand for all of it where the other part has no column."""
_OF_BOOKS = {
    "first": "first", "middle": "middle", "last": "last", "full": "full", "nickname": "nickname", "prefix": "prefix",
    "suffix": "suffix", "company": "company", "department": "department", "title": "job", "email": "email",
    "phone": "phone", "phone 1": "mobile", "phone 9": "fax", "city": "city", "region": "region", "country": "country",
    "website": "website", "birthday": "birthday", "notes": "notes", "tags": "tags",
}  # fmt: skip
"""What address books call a field, and what it is here."""
_WHOSE = frozenset({
    "person", "contact", "lead", "customer", "client", "member", "subscriber", "attendee", "guest", "participant",
    "work", "home", "office", "other", "private",
    "kontakt", "kunde", "user", "mailing",
})  # fmt: skip
"""Words that say before a column's own whose it is: `Person - Email - Work`."""
_WHICH = re.compile(
    r" (?:work|home|main|primary|business|private|personal|other|direct|mobile|cell|iphone|office|required|address|\d|"
    r"value|wert|valeur|valor|valore|waarde|värde|wartość|hodnota|значение|değer|値|值)$"
)
"""Words behind a column's own that tell it from others of its kind: `Email 2`, `Phone (work)`."""
_MARKS = re.compile(r"[\W_]+")
_E_MAIL = re.compile(r"\be (mail|post)")


def kind_of(column: str) -> str | None:
    """What a column holds, such as `email`; None where its name is not known."""
    words = _plain(column)
    kinds = _kinds()
    if (kind := kinds.get(words)) or not words:
        return kind
    whose, _, rest = words.partition(" ")
    words = rest if whose in _WHOSE and rest else words
    shorter = _WHICH.sub("", words)
    shorter = _WHICH.sub("", shorter) if words not in kinds and shorter not in kinds else shorter
    return kinds.get(words) or kinds.get(shorter)


def _plain(column: str) -> str:
    words = _MARKS.sub(" ", column.lower()).strip()
    return _E_MAIL.sub(r"e\1", words)


@cache
def _kinds() -> dict[str, str]:
    kinds: dict[str, str] = {}
    for kind, words in _WORDS.items():
        for word in words.split("|"):
            kinds.setdefault(_plain(word), kind)
    for word, field in WORDS_OF_BOOKS.items():
        if kind := _OF_BOOKS.get(field) or _OF_BOOKS.get(field.rstrip(" 0123456789")):
            kinds.setdefault(_plain(word), kind)
    return kinds
