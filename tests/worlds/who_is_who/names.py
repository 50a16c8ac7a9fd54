"""Invented names of four writings, and the ways in which one person's name gets written."""

import random
from dataclasses import dataclass

_LATIN_GIVEN = {
    "William": ("Bill", "Will", "Liam"), "Robert": ("Bob", "Rob"), "Elizabeth": ("Liz", "Beth", "Betty"),
    "Katherine": ("Kate", "Kathy"), "Margaret": ("Peggy", "Maggie"), "James": ("Jim", "Jamie"), "Anthony": ("Tony",),
    "Edward": ("Ted", "Ed"), "Susan": ("Sue",), "Andrew": ("Andy", "Drew"), "Joseph": ("Joe",), "Thomas": ("Tom",),
    "Rebecca": ("Becky",), "Alexandra": ("Sandra", "Alex"), "Johannes": ("Hannes",), "Francisco": ("Paco",),
    "José": ("Pepe",), "Giuseppe": ("Beppe",), "Zoë": (), "Björn": (), "Chloé": (), "Søren": (), "Priya": (),
    "Omar": (), "Lucía": (), "Anna": (), "Maria": (), "Mario": (), "Paul": (), "Paula": (), "Julian": (), "Carla": (),
    "Erik": (), "Ingrid": (), "Fatima": (), "Leon": (), "Marta": (), "Nina": (), "Oscar": (), "Petra": (),
    "Quentin": (), "Ruth": (), "Simon": (), "Tobias": (), "Ursula": (), "Vera": (), "Walter": (), "Yvonne": (),
}  # fmt: skip
_LATIN_STARTS = ("Ard", "Bel", "Cor", "Dun", "Esk", "Fal", "Gor", "Hal", "Ist", "Kel", "Lor", "Mal", "Nor", "Ost",
                 "Pel", "Quin", "Ros", "Sal", "Tor", "Ulm", "Ver", "Wil", "Müh", "O'Br", "Grü", "Łas")  # fmt: skip
_LATIN_MIDDLES = ("an", "ber", "den", "er", "il", "ing", "land", "men", "o", "ra", "ston", "ti", "vi", "wen")
_LATIN_ENDS = ("", "bach", "berg", "dale", "field", "ez", "ford", "ini", "mann", "ović", "sen", "shaw", "ski", "son",
               "ström", "ton", "well")  # fmt: skip

# Given names and how their bearers write them in Latin letters; several do so in more ways than one.
_CYRILLIC_GIVEN = (
    ("Иван", ("Ivan",)), ("Сергей", ("Sergey", "Sergei")), ("Дмитрий", ("Dmitry", "Dmitrii", "Dmitriy")),
    ("Алексей", ("Alexey", "Aleksei", "Alexei")), ("Юрий", ("Yuri", "Yury", "Iurii")), ("Андрей", ("Andrey", "Andrei")),
    ("Михаил", ("Mikhail",)), ("Николай", ("Nikolay", "Nikolai")), ("Евгений", ("Evgeny", "Evgenii", "Yevgeny")),
    ("Пётр", ("Petr", "Pyotr")), ("Александр", ("Alexander", "Aleksandr")), ("Владимир", ("Vladimir",)),
)  # fmt: skip
_CYRILLIC_FAMILY = (
    ("Петров", ("Petrov",)), ("Щербаков", ("Shcherbakov", "Scherbakov")), ("Жуков", ("Zhukov",)),
    ("Хрущев", ("Khrushchev",)), ("Соловьёв", ("Solovyov", "Soloviev")), ("Чайковский", ("Tchaikovsky", "Chaikovskii")),
    ("Медведев", ("Medvedev",)), ("Цветков", ("Tsvetkov",)), ("Яковлев", ("Yakovlev", "Iakovlev")),
    ("Шевченко", ("Shevchenko",)), ("Коваленко", ("Kovalenko",)), ("Гончаров", ("Goncharov",)), ("Юдин", ("Yudin",)),
    ("Беляев", ("Belyaev", "Beliaev")), ("Зайцев", ("Zaitsev", "Zaytsev")), ("Ершов", ("Ershov", "Yershov")),
)  # fmt: skip
_GREEK_GIVEN = (
    ("Γιώργος", ("Giorgos", "Yiorgos")), ("Νίκος", ("Nikos",)), ("Ελένη", ("Eleni",)), ("Μαρία", ("Maria",)),
    ("Χρήστος", ("Christos", "Hristos")), ("Δημήτρης", ("Dimitris",)), ("Βασίλης", ("Vasilis", "Vassilis")),
    ("Φωτεινή", ("Foteini",)),
)  # fmt: skip
_GREEK_FAMILY = (
    ("Παπαδόπουλος", ("Papadopoulos",)), ("Βασιλείου", ("Vasileiou", "Vassiliou")),
    ("Οικονόμου", ("Oikonomou", "Economou")),
    ("Χατζής", ("Chatzis", "Hatzis")), ("Δημητρίου", ("Dimitriou",)), ("Αγγελόπουλος", ("Angelopoulos",)),
    ("Ξενάκης", ("Xenakis",)), ("Ψαρράς", ("Psarras",)),
)  # fmt: skip
_CHINESE_FAMILY = (("王", "Wang"), ("李", "Li"), ("张", "Zhang"), ("刘", "Liu"), ("陈", "Chen"), ("杨", "Yang"),
                   ("赵", "Zhao"), ("黄", "Huang"), ("周", "Zhou"), ("吴", "Wu"))  # fmt: skip
_CHINESE_GIVEN = (("伟", "Wei"), ("芳", "Fang"), ("娜", "Na"), ("秀英", "Xiuying"), ("敏", "Min"), ("静", "Jing"),
                  ("丽", "Li"), ("强", "Qiang"), ("磊", "Lei"), ("军", "Jun"), ("洋", "Yang"), ("艳", "Yan"),
                  ("建国", "Jianguo"), ("晓明", "Xiaoming"), ("志强", "Zhiqiang"), ("雪梅", "Xuemei"))  # fmt: skip
_JAPANESE_FAMILY = (("田中", "Tanaka"), ("佐藤", "Sato"), ("鈴木", "Suzuki"), ("高橋", "Takahashi"))
_JAPANESE_GIVEN = (("太郎", "Taro"), ("花子", "Hanako"), ("健", "Ken"), ("美咲", "Misaki"))


@dataclass(frozen=True, slots=True)
class Name:
    """How one person is called: in Latin letters, in the letters of their own language, and among friends."""

    given: str
    family: str
    own_given: str = ""
    own_family: str = ""
    family_first: bool = False
    nicknames: tuple[str, ...] = ()


def name_of(choose: random.Random) -> Name:
    """Somebody's name: four in five are of Latin letters alone."""
    kind = choose.random()
    if kind < 0.8:
        given = choose.choice(list(_LATIN_GIVEN))
        return Name(given, latin_family(choose), nicknames=_LATIN_GIVEN[given])
    if kind < 0.9:
        return _of_two_writings(choose, _CYRILLIC_GIVEN, _CYRILLIC_FAMILY)
    if kind < 0.94:
        return _of_two_writings(choose, _GREEK_GIVEN, _GREEK_FAMILY)
    families, givens = (_CHINESE_FAMILY, _CHINESE_GIVEN) if kind < 0.99 else (_JAPANESE_FAMILY, _JAPANESE_GIVEN)
    (own_family, family), (own_given, given) = choose.choice(families), choose.choice(givens)
    return Name(given, family, own_given, own_family, family_first=True)


def latin_family(choose: random.Random) -> str:
    """One of six thousand family names."""
    return choose.choice(_LATIN_STARTS) + choose.choice(_LATIN_MIDDLES) + choose.choice(_LATIN_ENDS)


def mistyped(word: str, choose: random.Random) -> str:
    """A word with two letters in the wrong order, or one that is missing, doubled or another."""
    if len(word) < 4:
        return word
    at = choose.randrange(1, len(word) - 1)
    kinds = (
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
        word[:at] + choose.choice("aeiourst") + word[at + 1 :],
    )
    return choose.choice(kinds)


def _of_two_writings(
    choose: random.Random,
    givens: tuple[tuple[str, tuple[str, ...]], ...],
    families: tuple[tuple[str, tuple[str, ...]], ...],
) -> Name:
    (own_given, latin_givens), (own_family, latin_families) = choose.choice(givens), choose.choice(families)
    return Name(choose.choice(latin_givens), choose.choice(latin_families), own_given, own_family)
