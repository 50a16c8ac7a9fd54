"""How languages ask to be left alone: which kinds of words have to come together in a sentence that does."""

SPACED = r"""
(?:stop(?:ping)?|quit|cease|discontinue|desist from|enough)\b (?!by\b|at\b|in\b|over\b)(?:\S+ ){0,2}(?:e-?mail
    |mail|messag|contact|communicat|spam|writ|send|newsletter|outreach|reaching out|harass|follow)
(?:not|don['’]?t|no longer|never) (?:want|wish|like|care|need) & any|more|further|these|your|such|future
    & e-?mails?\b|mails\b|mailings?|messages|newsletter|correspondence
no longer|not\b|don['’]?t\b|never & contact|receiv|writ|hear from|reach out|(?:e-?mail|mail|messag\w*) (?:me|us
    |this address|here) & wish
    |want|like to|any ?more|again|ever\b|further|future
(?:remov|delet|eras|strike|drop|scrub|purg|wip)\w* (?:\S+ ){0,2}(?:me|us|my|our|this (?:e-?mail|address))\b
    & list|database|record|mailing|crm|distribution|data|contact|name|details|info|address|system
(?:take|get|want|wants) (?:(?:me|us|my|our|this)\b.{0,15} )?(?:off|out of)\b & list|mailing|database|distribution
    |records?\b|crm\b
leave (?:me|us) (?:out of|off)\b & list|mailing|database|these|campaign
(?:rather|prefer|appreciate|wish|glad|grateful)\w*\b.{0,10} you (?:did|would|could|do)(?:n['’]?t| not
    | stop) & e-?mail|mail|contact|writ|messag|send
(?:want|wish|like|prefer|ask|request)\w*\b|please & (?:be|get) (?:removed|deleted|erased|unsubscribed|taken off
    |dropped)
    \b(?! (?:(?:from|off) )?(?:\w+ )?(?:guard|waiting|cc\b|thread|meeting|invit|call\b))
(?:get|have) (?:me|us) (?:removed|deleted|unsubscribed|taken off)\b(?! (?:from |off )?(?:the |this )?(?:cc|thread|call)
    \b)
refrain from|desist & contact|e-?mail|mail|writ|messag|communicat|reaching
(?:don['’]?t|not) want (?:these|(?:any|more) of (?:this|these))[.!]*$
(?:do not|don['’]?t|no (?:more|further)|please no|^no) follow(?:ing)?[ -]?ups?\b(?! (?:need|necess|requ|question|on\b
    |with\b))
opt(?:ing)?[ -]?out\b|unsubs?cribe\b & me\b|us\b|please|pls|want|like to|wish
leave & us\b|me\b & alone|in peace

hör\w* (?:\S+ ){0,4}auf\b|aufhör|unterlass|stopp|schluss|einstell|einzustell|stellen sie .*ein\b & mail|e-?mail
    |schreib|zuschreib|kontakt|nachricht|werbung|anschreib|zusend|belästig|spam|newsletter|das\b
nicht|nie\b|niemals & schreib|mailen|kontaktier|angeschrieb|anschreib|meld|zusend|schick|belästig & mehr|weiter
    |nochmal|wieder
kein\w* (?:\w+ ){0,2}(?:mail|e-?mail|nachricht|werbung|newsletter|zusendung|kontaktaufnahme|anschreiben|post\b)
kein\w* weiteren? (?:anfragen?|angebote?|anrufe?|kontakt\w*|zuschriften|meldungen|belästigungen)\b(?! (?:mehr )?
    (?:nötig|notwendig|erforderlich))
verschon & mich\b(?! nicht)|uns\b(?! nicht)
absehen|absieht|unterlassen|seht|sehen sie & mail|e-?mail|anfrage|nachricht|zuschrift|kontakt & von\b|weiter
lass\w* & mich|uns\b & ruhe|frieden
lösch|streich|entfern|gelöscht & mich|uns\b|meine|unsere & list|verteil|datenbank|daten|adress|mail|e-?mail
    |kontakt|bestand|system
(?:aus|von|vom) (?:\w+ ){0,2}(?:liste|verteiler|datenbank|adressbuch|bestand) & nehmt?\b|nehmen|nimm\b|trag
    |austrag|lösch|streich|entfern|werf

arr[êe]t|cess|stop & mail|courriel|message|écri|envo|envoyer|contact|spam|sollicit|newsletter|démarch
ne\b|n['’] & contact|recontact|écri|relanc|sollicit|dérang|envoy & plus\b|jamais
désabonn|désinscri & me\b|moi\b|m['’]|nous
plus\b|jamais|aucun & mail|courriel|message|écri|envo|contact|sollicit|recevoir|dérang|démarch & souhait|veux
    |voulons|désir|merci de|veuillez|svp|prière
retir|supprim|enlev|effac|ôt|radi|désinscri|désabonn & moi\b|me\b|m['’]|nous|mon\b|ma\b|mes\b|nos\b|notre & list
    |base|fichier|adresse|mail|courriel|données|coordonn|contact|diffusion
laiss & moi|nous & tranquill|en paix

par(?:e|en|ad)\b|dej|cese|basta (?:ya|de)\b|alto\b|stop & escrib|envi|mand|correo|mail|mensaje|contact|molest|spam
no\b|nunca|ning & escrib|env[ií]|mand|correo|e-?mail|mensaje|contact|recib|molest|insist & m[aá]s\b|ya\b|de nuevo
    |otra vez|deseo|quiero|queremos|vuelv
elim[ií]n|b[oó]rr|qu[ií]t|saq|s[aá]q|baja\b|ret[ií]r & me\b|nos\b|\w+[mn][eo]s?\b|mi\b|mis\b|nuestr & list|base|correo
    |e-?mail|mail|dato|direcci|registro|boletín
d[ée]j\w* & en paz|tranquil

smett|basta (?:con|di|e-?mail|mail)\b|cess|finitela|stop & scriv|invi|mand|mail|messagg|contatt|disturb|spam
non\b|nessun|mai\b & scriv|invi|mand|mail|messagg|contatt|ricev|disturb & più|mai\b|ancora|desider|vogli
cancell|rimuov|rimoz|togli|elimin|disiscri & mi\b|\w+[mc]i\b|mio\b|mia\b|miei|nostr & list|mail|indirizz|dati\b
    |database|archiv
lasci & pace & mi\b|ci\b|\w+[mc]i\b

pare\b|parem\b|chega|deixe|deixem|cess|stop & envi|mand|escrev|e-?mail|mensage|contat|contact|spam|incomod
não|nunca|nenhum & envi|mand|escrev|e-?mail|mensage|contat|contact|receb|incomod & mais\b|novamente|de novo
    |quero|desejo|gostaria
remov|retir|exclu|apag|elimin|descadastr & me\b|meu|minha|meus|nosso|nos\b & list|base|e-?mail|nome|dados
    |contato|contacto|cadastro

sair\b|saia & list|e-?mails\b
stop|hou\b|houdt?\b|ophouden & mail|gemail|e-?mail|berichte?n?\b|contact|schrijv|stur|spam|zend
niet|nooit & mailen|gemaild|gecontact|contacte|schrijf|schrijv|stuur|stur|benader|ontvang & meer\b|verder|weer\b
    |wil\b|wens
geen (?:\w+ ){0,2}(?:mail|e-?mail|bericht|contact|reclame|nieuwsbrie)
verwijder|haal|schrap|uitschrijv|schrijf & mij|me\b|ons\b|mijn|onze & list|lijst|bestand|database|adres|gegevens
    |mail
laat & me\b|mij|ons & met rust

sluta|stopp|upphör & mejl|mail|skick|skriv|kontakt|meddelande|e-?post|spam
inte|inga|ingen|aldrig & mejl|mail|skriv|skick|kontakt|meddelande|e-?post|hör av|utskick & mer\b|fler|igen|längre|vill
avsluta|säg upp & pren|utskick|abonnemang|mejl|mail
ta bort|radera|stryk|avregistrera|plocka bort & mig|oss|min\b|mitt|mina & list|register|adress|mejl|mail|uppgift
    |databas|utskick

stop\b|slutt|hold op|lad være & mail|skriv|send|kontakt|besked|melding|e-?post|spam
ikke|ingen|aldri & mail|skriv|send|kontakt|besked|melding|e-?post & mere?\b|flere|igen|igjen|ønsk|lenger|længere
afmeld|avmeld & gerne|ønsk|venligst|vennligst
fjern|slett|slet\b|ta bort|stryk & mig|meg|oss?\b|min\b|mit\b|mine & list|register|adress|mail|database|oplysning

lopet|lakat|stop & viest|lähet|posti|sähköpost|kirjoit|yhteydeno|spam
äl[äk]|ei\b|en\b|emme & viest|lähet|posti|sähköpost|kirjoit|yhtey|häiri & enää|enempää|lisää|halua
poist & minu|meidät|tieto|osoite|nime|\w+ni\b & list|rekister|tieto|osoit|järjestelm

przesta|stop|koniec|zaprzesta & pisa|pisz|wysył|przysył|mail|wiadomo|kontakt|spam
nie\b|żadn & pisa|pisz|wysył|przysył|mail|wiadomo|kontakt|otrzymy|dostaw & więcej|już|chc|życz|prosz
usu[nń]|usuw|wypis|skreśl|wykreśl & mnie|nas\b|mój|moj|prosz & list|baz|adres|mail|dane|danych|subskryp|newsletter
prosz & wypisani|rezygnacj

přesta|prestaň|nechte|stop & psát|psat|písa|posíl|posiel|mail|zpráv|správ|kontakt|spam
ne(?:pi[šs]|pos[íi]l|posiel|kontakt|zas[íi]l) & mi\b|nám\b|prosím|už\b|více|viac
nechci|nechceme|nechcem|nepřej|neprajem|žádn|žiadn & mail|e-?mail|zpráv|správ|newslet|kontakt
vyřa|vyra[ďd]|odstra|vymaž|odhla|odhlá|smaž|zmaž & m[ěe]\b|ma\b|nás\b|moj|můj|mou\b|prosím & seznam|zoznam
    |databáz|adres|e-?mail|údaj|odběr|odber|list

хватит|прекрат|переста|довольно|стоп & пис|присыл|отправл|слать|письм|сообщен|рассыл|беспоко|спам
не\b|никогда & пиш|писа|присыл|отправл|письм|сообщен|рассыл|беспоко|звон|получать & больше|прошу|просьба|хочу
    |желаю|хотим|мне\b|нам\b|меня\b
удал|убер|убра|исключ|вычерк|отпиш & меня|нас\b|мой|мою|моё|мои|наш|прошу|прось & рассыл|спис|баз|адрес|почт
    |данн|подпис|контакт
оставьте & в покое
отстань|отвяж

досить|припин|перестан|годі & писа|надсил|лист|повідомл|спам
не\b & пиш|писа|надсил|повідомл|турбу & більше|прошу|хочу|бажаю|мені|нам\b|мене
видал|прибер|викресл|відпиш|виключ & мене|нас\b|мій|мою|мої|прошу & розсил|спис|баз|адрес|пошт|дан|підпис

спрете|стига & пиш|праща|изпраща|имейл|съобщ
не\b & пиш|пращ|изпращ|имейл|съобщ|контакт & повече|ми\b|желая|искам
премах|махн|изтри|отпиш & ме\b|ни\b|моя & спис|баз|имейл|данн|адрес|абон

prestan|prekin|nehajte & pis|sla|šalj|pošilj|mail|poruk|sporoč|kontakt
ne\b|nemoj & piš|pisat|šalj|slat|pošilj|mail|poruk|sporoč|kontakt|javlja & više|vec\b|već|več|mi\b|nam\b|želim
uklon|izbriš|obriš|odstran|skin|odjav|makn & me\b|nas\b|moj & popis|list|seznam|baz|adres|mail|podatk

bir daha|artık & yazma|gönderme|atma|ulaşma|rahatsız
rahatsız etme
mail|e-?posta|mesaj|spam & gönderme|atma|yollama|yazma|istemi
liste|veri ?taban|kayıt & çıkar|çıkmak|sil|kaldır & beni|bizi|adres|lütfen|isti|\w*[ıi]m[ıi]\b

ne\b|hagy|fejezz & írj|írogas|küld|zakla|keres|kontakt|levele|e-?mail|üzenet & többet|több|tovább|abba
töröl|vegy|távolít|iratkoz & list|adatbáz|e-?mail|cím|adat & kér|engem|minket|\w+m(?:et|at)?\b|le\b
nem kér|nem szeretn|nem akar & e-?mail|level|üzenet|hírlev

nu\b & scri|trimi|contacta|e-?mail|mesaj|deranj & mai\b|doresc|vreau
opri|înceta|încet & scri|trimi|e-?mail|mesaj|contact
[șş]terge|scoate|elimina|dezabon & mă\b|\w+-m|ne\b|\w+-ne|adresa mea|datele mele|numele meu & list|baz|adres
    |e-?mail|date

σταματ|παύσ & γράφ|στέλν|στείλ|e?mail|μήνυμα|μηνύμ|ενοχλ|επικοιν
μη\b|μην\b|δεν\b & γράψ|γράφ|ξαναγρ|στέλν|στείλ|ξαναστ|e?mail|μηνύμ|ενοχλ|επικοιν & μου\b|με\b|μας\b|πια|ξανα|θέλω
διαγράψ|αφαιρέσ|βγάλ & με\b|μας\b|μου\b & λίστα|e?mail|στοιχεία|βάση

ärge|lõpeta & kirjut|saat|e-?kir|meil|häiri & enam|rohkem|mulle
eemalda|kustuta & mind|meid|minu & nimekir|list|andm|aadress
ne(?:rašy|siųs|kontakt|beraš|besiųs) & man\b|mums|daugiau|prašau|prašom|laišk
nerašy|nesiųs & daugiau|prašau|prašom
pašalin|ištrin|išbrauk & mane|mus\b|mano & sąraš|duomen|adres
ne(?:rakst|sūt) & man\b|mums|vairs|vairāk|lūdzu
izdzēs|izņem|noņem|svītro & mani|mūs|manu & sarakst|dat|adres
hætt|ekki & skrif|send|póst|tölvup|samband & mér|okkur|meir|oftar|framar
fjarlæg|eyð|taki & mig\b|okkur|netfang & list|skrá|póst

đừng|ngừng|dừng|thôi & gửi|e-?mail|liên hệ|nhắn|làm phiền
không & muốn & nhận|liên hệ|e-?mail|thư
xóa|xoá|gỡ|loại & tôi|chúng tôi & danh sách|dữ liệu
berhenti|hentikan & kirim|mengirim|e-?mail|menghubungi
jangan|berhenti|hentikan & kirim|e-?mail|hubungi|menghubungi|mengirim|ganggu|mengganggu & lagi|saya|kami
hapus|keluarkan|padam|buang & saya|kami & daftar|senarai|data|milis
acha|msi|usi & tumie|barua|ujumbe|kunitumia & tena|mimi|kwangu
"""
"""A wish a line, continued where it is indented: kinds of words by their beginnings, divided by `&`."""

UNSPACED = r"""
停止|拒收|拒绝接收|拒絕接收|(?:不要|别|別|勿)再 & 发|發|邮件|郵件|电邮|联系|聯|打扰|打擾|骚扰|騷擾|寄|推送|接收|拒收
(?:不要|别|別|勿)(?:再)?(?:给|給)我.{0,2}(?:发|發|寄).{0,2}(?:邮件|郵件|信|消息|了$)
勿|不要|别|別 & 打扰|打擾|骚扰|騷擾
不想|不希望|不愿|不願 & 收到|接收|联系|聯 & 邮件|郵件|信|消息|再
删除|刪除|移除|移出|去掉|剔除|除名 & 我 & 名单|名單|列表|清单|清單|数据|資料|资料|邮箱|信箱|邮件|郵件
配信|メール|送信|連絡|案内|お知らせ & 停止|止め|やめ|不要|希望しません|希望しない|お断り|控え|送らない|ご遠慮|拒否
リスト|名簿|登録|データベース|アドレス|宛先 & 削除|外し|解除|抹消|消し|除外
메일|연락|메시지|문자|발송|수신 & 보내지|하지|그만|중단|중지|거부|원하지|사양|멈춰|원치 & 마\s|마$|마세|말|중단
    |중지|거부|그만|사양|멈춰|않
리스트|명단|목록|주소록|데이터 & 삭제|제외|빼

(?:^|\s)لا\s|عدم & راسل|مراسل|ترسل|إرسال|ارسال|تكتب|تواصل|اتصال & مرة أخرى|بعد الآن|مزيد|أرغب|أريد|الرجاء|رجاء
    |يرجى|ني(?:\s|$)
لا\s+(?:أريد|أرغب) & رسائل|بريد|إيميل
أوقف|توقف|كفى|كفوا & رسائل|إرسال|ارسال|مراسل|بريد
احذف|أزل|أزيل|إزال|حذف|شطب & ني|تي|نا|بريدي|اسمي|بياناتي|عنواني & قائم|قاعد|بيانات|بريد|سجل
نفرست|پیام ندهید|ایمیل نزنید|مزاحم نشوید|تماس نگیرید
حذف & مرا|من را|ایمیلم|ایمیل من & لیست|فهرست
תפסיק|הפסיק|מספיק & לשלוח|לכתוב|מייל|הודעות|ספאם|לפנות
אל|לא & תכתב|תכתוב|תשלח|תפנ|מעוניי|רוצה|מיילים & יותר|לקבל|שוב
הסר|תסיר|להסיר|מחק|תמחק|למחוק|הורד|תוריד|להוריד & אותי|אותנו|הכתובת שלי|הפרטים שלי|המייל שלי
หยุด|เลิก|อย่า|ไม่ต้องการ|งด & ส่ง|อีเมล|ติดต่อ|รับข่าว|ข้อความ & อีก|อีเมล|ข่าว|โปรด|กรุณา|ฉัน|ผม|เรา|ข้อความ
ลบ & ฉัน|ผม|เรา|อีเมล & รายชื่อ|ลิสต์|ฐาน
(?:न|मत|ना|नहीं)\s+(?:भेज|कर)|बंद\s+कर & मेल|संदेश|भेज|संपर्क
"""
"""The same for scripts whose words aren't divided by blanks, or begin with articles that are: wherever they stand."""
