"""What people are called among friends, in languages in which that differs from the name on a document.

Forms that begin alike (`Rob`, `Alex`) are not in here: `names` sees them by themselves.
"""

from functools import cache

_SHORT_FORMS = """
abigail: gail nabby
albert: bert bertie
alberto: beto
alexander: sandy sasha shura lex xander
alexandra: sandra sandy sasha lexie
alexey: lyosha
anatoly: tolya
andrew: andy drew
anna: annie anya nan nancy
anneliese: liesl
anthony: tony
antonio: tony toni tonio
arthur: art
augustus: gus
barbara: babs
bartholomew: bart
benjamin: ben
bernadette: detta
bernhard: bernd
beverly: bev
caroline: carrie lina
catherine: kate katie kathy kitty
charles: chuck charlie chaz
christina: tina
christopher: kit topher
constance: connie
consuelo: chelo
daria: dasha
deborah: debbie
dmitri: dima mitya
dmitry: dima mitya
dolores: lola
dorothy: dot dotty dolly
edward: ed ted ned eddie teddy
ekaterina: katya
eleanor: nell nora ellie
elena: lena
elizabeth: beth betsy betty bess libby lisa lizzie lizbeth liz
enrique: quique
ernesto: neto
eugene: gene
evgeny: zhenya
fernando: nando
florence: flo
frances: fanny
francesco: checco franco
francis: frank
francisco: paco pancho cisco kiko
franziska: sissi
frederick: fritz
friedrich: fritz
galina: galya
georg: schorsch
gerald: jerry
gerard: jerry
gertrude: trudy
giovanni: gianni nino
giuseppe: beppe peppe pino
guadalupe: lupe
guillermo: memo
harold: harry hal
heinrich: heinz heiner
helen: nell lena
henry: harry hank hal
ignacio: nacho
irina: ira
isabella: bella
ivan: vanya
jacob: jake
jakob: jockel
james: jim jimmy jamie
jane: jenny
janet: jan
jeremiah: jerry
jesus: chuy chucho
joaquin: quino
johann: hans hannes
johanna: hanna hanne
johannes: hans hannes jo
john: jack johnny jock
jose: pepe chepe
josef: sepp
joseph: joe joey jo
joshua: josh
judith: judy
karolina: lina
katharina: kathi kati
katherine: kate katie kathy kitty kay
kathleen: kathy kate kay
konstantin: kostya
lawrence: larry
leonard: lenny
leonardo: nardo
lev: lyova
lillian: lily
louis: lou
luigi: gigi
magdalena: lena leni
malgorzata: gosia
manuel: manolo
margaret: peggy meg maggie greta daisy marge molly rita
margarete: gretel grete gretchen
maria: masha mia mitzi
marina: marisha
mary: molly polly mamie
matilda: tilly
matthew: matt
mercedes: merche
michael: mike mick mickey mischa
mikhail: misha
nathaniel: nate
nicholas: klaus nicky
nikolai: kolya
nikolaos: nikos
nikolay: kolya
nikolaus: klaus
olga: olya
oliver: ollie
pamela: pam
patricia: trish tricia patty
patrick: paddy
pavel: pasha
penelope: penny
pilar: pili
prudence: prue
rafael: rafa
raymond: ray
rebecca: becky becca
richard: dick rick ricky dickie
robert: bob bobby
roberto: beto
rodrigo: rodri
ronald: ron ronnie
rosario: charo
rosemary: romy
samantha: sam sammy
sarah: sally sadie
sebastian: basti bastian
sergei: seryozha
sergey: seryozha
sigmund: siggi
siegfried: siggi sigi
sophia: sophie sonia
stanislav: stas
stephanie: steffi
stephen: steve
susan: sue suzy
susanne: sanne
suzanne: sue suzy
svetlana: sveta
sylvester: sly
tatiana: tanya
teresa: tess
theodore: ted teddy
theresa: tess terry tracy
thomas: tom tommy
timothy: tim
tomasz: tomek
ulrich: uli uwe
ursula: uschi ulla
valentina: valya
veronica: ronnie
victoria: vicky tori
virginia: ginny ginger
vladimir: volodya vova
vyacheslav: slava
walter: wally
wilhelm: willi
william: bill billy willie liam
yekaterina: katya
yevgeny: zhenya
yuri: yura
zachary: zack
"""


def is_nickname(short: str, full: str) -> bool:
    """Whether someone with the given name `full` is called `short`; both folded."""
    return short in _by_full().get(full, ())


@cache
def _by_full() -> dict[str, frozenset[str]]:
    lines = (line.partition(": ") for line in _SHORT_FORMS.split("\n") if line)
    return {full: frozenset(shorts.split()) for full, _, shorts in lines}
