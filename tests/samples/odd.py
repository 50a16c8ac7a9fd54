"""Exports with what people's files really have in them, a file for each kind of oddity; nobody is in two of them."""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Odd:
    """A file, and what a right import of it brings."""

    sub_type: str
    content: bytes
    people: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    """The contacts by name, with some of their values."""
    addresses: frozenset[str] = frozenset()
    handles: frozenset[tuple[str, str]] = frozenset()
    """Platform and user id."""
    events: int = 0
    """Messages and posts."""
    errors: int = 0
    words: Mapping[str, str] = field(default_factory=dict[str, str])
    """Words of a search, and who is found by them."""


def write_odd(folder: Path) -> dict[str, Odd]:
    """Write them all; by the names of their files."""
    files = {**_cards(), **_mailboxes(), **_archives(), **_tables()}
    for name, odd in files.items():
        (folder / name).write_bytes(odd.content)
    return files


def _card(*lines: str, version: str = "3.0") -> str:
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])


def _cards() -> dict[str, Odd]:
    folded = "FN:" + "語" * 30
    raw = folded.encode()
    cut = raw[:73] + b"\r\n " + raw[73:]  # a fold in the middle of a character
    photo = "PHOTO;ENCODING=BASE64;TYPE=JPEG:" + "\n".join(["/9j/4AAQSkZJRgABAQAAAQABAAD" * 2] * 9) + "\n"
    commas = ("FN:Comma, Carla", "N:Comma;Carla;;;", "ORG:Wheels, Inc.", "TITLE:Head, Sales", "NOTE:one, two, three",
              "URL:https://www.example.org/c,d", "EMAIL:carla@example.org")  # fmt: skip
    apple = ("FN:Uma Apple", "item1.EMAIL;type=pref:uma@example.org", "item1.X-ABLabel:_$!<Home>!$_",
             "X-SOCIALPROFILE;type=twitter:https://twitter.com/uma_ex", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-05-02",
             "X-MAIDENNAME:Birnbaum", "NICKNAME:Umi")  # fmt: skip
    return {
        "commas.vcf": Odd(
            "gmail_contacts", _card(*commas).encode(),
            {"Comma, Carla": {"company": "Wheels, Inc.", "title": "Head, Sales", "notes": "one, two, three",
                              "website": "https://www.example.org/c,d"}},
            frozenset({"carla@example.org"}),
        ),
        "apple.vcf": Odd(
            "gmail_contacts", _card(*apple).encode(), {"Uma Apple": {"email": "uma@example.org"}},
            frozenset({"uma@example.org"}), frozenset({("x", "@uma_ex"), ("gmail", "uma@example.org")}),
            words={"Birnbaum": "Uma Apple", "Umi": "Uma Apple"},
        ),
        "spoken.vcf": Odd(
            "gmail_contacts",
            _card("N:佐藤;花子;;;", "FN:佐藤 花子", "X-PHONETIC-FIRST-NAME:はなこ", "EMAIL:hana@example.org").encode(),
            {"佐藤 花子": {}}, words={"はなこ": "佐藤 花子", "佐藤": "佐藤 花子"},
        ),
        "fold-in-a-character.vcf": Odd(
            "gmail_contacts", _card("EMAIL:go@example.org").encode().replace(b"EMAIL", cut + b"\r\nEMAIL"),
            {"語" * 30: {}},
        ),
        "photo.vcf": Odd(
            "gmail_contacts",
            (_card("N:Photo;Pia;;;", "FN:Pia Photo", photo, "EMAIL:pia@example.org", version="2.1")
             + _card("FN:Next Nora", "EMAIL:next@example.org")).encode(),
            {"Pia Photo": {}, "Next Nora": {}}, frozenset({"next@example.org"}),
        ),
        "quoted-printable.vcf": Odd(
            "gmail_contacts",
            _card("N;quoted-printable;CHARSET=UTF-8:M=C3=BCller;J=C3=B6rg;;;", "EMAIL:joerg@example.org",
                  version="2.1").encode(),
            {"Jörg Müller": {"last_name": "Müller"}},
        ),
        "one-bad-line.vcf": Odd(
            "gmail_contacts",
            _card("FN:Bad Berta", "NOTE:a note", "that goes on without a fold", "TEL:+4930555").encode(),
            {"Bad Berta": {"phone": "+4930555"}},
        ),
        "glued.vcf": Odd(
            "gmail_contacts",
            (_card("FN:Gina Glue", "EMAIL:gina@example.org").strip()
             + _card("FN:Gerd\\nGlue", "EMAIL:gerd@example.org")).encode(),
            {"Gina Glue": {"email": "gina@example.org"}, "Gerd Glue": {"email": "gerd@example.org"}},
        ),
        "no-charset.vcf": Odd(
            "gmail_contacts",
            _card("N:Čapek;Bořivoj;;;", "EMAIL:borivoj@example.org", "NOTE:Příbram, Šumperk").encode("cp1250"),
            {"Bořivoj Čapek": {"notes": "Příbram, Šumperk"}},
        ),
        "number-only.vcf": Odd("gmail_contacts", _card("TEL:+15550009999").encode(), {"+15550009999": {}}),
    }  # fmt: skip


def _mail(number: int, separator: str, *head: str, body: str = "A line.") -> str:
    date = f"Date: Tue, 1 Sep 2026 09:{number % 60:02}:00 +0000"
    has_date = any(line.startswith("Date:") for line in head)
    lines = [
        separator,
        *head,
        *([] if has_date else [date]),
        f"Message-ID: <odd{number}@example.org>",
        "",
        body,
        "",
        "",
    ]
    return "\n".join(lines)


def _takeout(number: int, *head: str, labels: str = "Inbox", body: str = "A line.") -> str:
    separator = f"From 19000000000000{number:05}@xxx Tue Sep 01 09:00:00 +0000 2026"
    return _mail(number, separator, f"X-Gmail-Labels: {labels}", "Delivered-To: odd@example.com", *head, body=body)


_ME = "From: Odd Owner <odd@example.com>"


def _mailboxes() -> dict[str, Odd]:
    plain = "From - Tue Sep  1 09:00:00 2026"
    patch = "Text\n\nFrom " + "a1" * 20 + " Mon Sep 17 00:00:00 2001\nFrom: Phantom <phantom@example.net>\nDate: x\n"
    mixed = "".join([
        _mail(11, plain, "From: Mia Mixed <mia@example.org>", "To: odd@example.com"),
        _mail(12, "From - Tue Sep  1 2026 09:00:00", "From: Mo Mixed <mo@example.org>", "To: odd@example.com"),
        _mail(13, "From ", "From: Max Mixed <max@example.org>", "To: odd@example.com"),
    ])  # fmt: skip
    own = _takeout(21, _ME, "To: Olga Own <olga@example.org>", labels="Sent") + _takeout(
        22, "From: Odd Alias <alias@work.example>", "To: Olga Own <olga@example.org>", labels="Sent"
    )
    heard = _takeout(23, "From: Odd Alias <alias@work.example>", "To: odd@example.com")
    robots = "".join(
        _takeout(30 + number, f"From: Robot <{local}@robots.example>", "To: odd@example.com")
        for number, local in enumerate(
            ["comments-noreply", "list+bounces-12", "reply+ab12", "calendar-notification", "automated", "ingen-svar"]
        )
    )
    strange = _takeout(41, "From: Sil Strange <sil@example.org>", "To: odd@example.com", labels="Qbzrvf")
    strange += _mail(42, "From 1900000000000000042@xxx Tue Sep 01 09:00:00 +0000 2026", "X-Gmail-Labels: Frag", _ME,
                     "To: sil@example.org")  # fmt: skip
    strange += _mail(43, "From 1900000000000000043@xxx Tue Sep 01 09:00:00 +0000 2026", "X-Gmail-Labels: Ragjhes", _ME,
                     "To: Draft Target <draft@example.org>")  # fmt: skip
    deleted = "".join(
        _mail(number, plain, f"X-Mozilla-Status: {status}", f"From: {name} <{name[:3].lower()}.kept@example.org>")
        for number, status, name in ((64, "0009", "Del Deleted"), (65, "0001", "Kim Kept"))
    )
    return {
        "patch.mbox": Odd(
            "gmail_metadata", _mail(10, plain, "From: Pat Patch <pat@example.org>", body=patch).encode(),
            {"Pat Patch": {}}, frozenset({"pat@example.org"}), events=1,
        ),
        "mixed.mbox": Odd("gmail_metadata", mixed.encode(),
                          {"Mia Mixed": {}, "Mo Mixed": {}, "Max Mixed": {}},
                          events=3),
        "bom.mbox": Odd(
            "gmail_metadata", b"\xef\xbb\xbf" + _mail(14, plain, "From: Bom Bea <bom@example.org>").encode(),
            {"Bom Bea": {}}, events=1,
        ),
        "alias.mbox": Odd("gmail_metadata", (own + heard).encode(), {"Olga Own": {}}, events=2),
        "robots.mbox": Odd(
            "gmail_metadata", (robots + _takeout(39, "From: Rea Real <rea@example.org>")).encode(), {"Rea Real": {}},
            frozenset({"rea@example.org"}), events=1,
        ),
        "future.mbox": Odd(
            "gmail_metadata",
            _takeout(51, "From: Fay Future <fay@example.org>", "Date: Wed, 1 Jan 2098 00:00:00 +0000").encode(),
            {"Fay Future": {}}, events=1,
        ),
        "unknown-words.mbox": Odd("gmail_metadata", strange.encode(), {"Sil Strange": {}}, events=2),
        "deleted.mbox": Odd("gmail_metadata", deleted.encode(), {"Kim Kept": {}}, events=1),
        "greek-spam.mbox": Odd(
            "gmail_metadata",
            _takeout(72, "From: Sp Spam <sp@example.org>", labels="Ανεπιθύμητα").encode(),
        ),
        "charsets.mbox": Odd(
            "gmail_metadata",
            _takeout(61, "From: =?iso-8859-8-i?B?4+Xi7uQg8OXy5A==?= <noa@example.org>").encode(), {"דוגמה נועה": {}},
            events=1,
        ),
    }  # fmt: skip


def _zip(files: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as container:
        for name, text in files.items():
            container.writestr(name, text)
    return buffer.getvalue()


def _ytd(kind: str, *entries: object) -> str:
    return f"window.YTD.{kind}.part0 = {json.dumps(entries, ensure_ascii=False)}"


def _post(number: int, text: str, **more: object) -> dict[str, object]:
    return {"id_str": str(number), "full_text": text, "created_at": "Mon Aug 03 10:00:00 +0000 2026", **more}


def _archives() -> dict[str, Odd]:
    xeno = {"screen_name": "xeno_ex", "id_str": "7002", "name": "Xeno Example"}
    thread = {
        "in_reply_to_status_id_str": "830",
        "in_reply_to_user_id_str": "7001",
        "in_reply_to_screen_name": "odd_ex",
    }
    answer = {
        "in_reply_to_user_id_str": "7002",
        "in_reply_to_screen_name": "xeno_ex",
        "entities": {"user_mentions": [xeno]},
    }
    account = _ytd("account", {"account": {"accountId": "7001", "username": "odd_ex"}})
    yara = {"screen_name": "yara_ex", "id_str": "7003", "name": "Yara Example"}
    old = {"id_str": "850", "text": "RT @yara_ex: cut…", "created_at": "2016-01-06 10:00:00 +0000",
           "user": {"id": 7001},
           "retweeted_status": {"id_str": "849", "text": "cut no more", "user": yara}}  # fmt: skip
    return {
        "thread.js": Odd(
            "x_tweets",
            _ytd("tweets", {"tweet": _post(831, "2/2", **thread)}, {"tweet": _post(830, "1/2")},
                 {"tweet": _post(832, "@xeno_ex hi", **answer)}).encode(),
            {"Xeno Example": {}}, handles=frozenset({("x", "7002")}), events=3,
        ),
        "communities.zip": Odd(
            "x_tweets",
            _zip({"data/account.js": account, "data/tweets.js": _ytd("tweets", {"tweet": _post(841, "all")}),
                  "data/community-tweet.js": _ytd("community_tweet", {"tweet": _post(842, "some")}),
                  "data/deleted-tweets.js": _ytd("deleted_tweets", {"tweet": _post(843, "none")})}),
            events=2,
        ),
        "of-2016.zip": Odd(
            "x_tweets",
            _zip({"data/js/user_details.js": 'var user_details = {"screen_name": "odd_ex", "id": "7001"}',
                  "data/js/tweets/2016_01.js": f"Grailbird.data.tweets_2016_01 =\n {json.dumps([old])}"}),
            {"Yara Example": {}}, handles=frozenset({("x", "7003")}), events=1,
        ),
    }  # fmt: skip


def _tables() -> dict[str, Odd]:
    header = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"
    taken_apart = "Zoe\u0308,Ka\u0308fer"
    return {
        "taken-apart.csv": Odd(
            "linkedin_contacts",
            f"{header}{taken_apart},https://www.linkedin.com/in/zoe-k,,Acme,CTO,15 Mar 2023\n".encode(),
            {"Zoë Käfer": {"last_name": "Käfer"}}, handles=frozenset({("linkedin", "zoe-k")}),
        ),
        "marks.csv": Odd(
            "linkedin_contacts",
            f"{header}\u200eDana\u200e,\u200fLevi\ufeff,linkedin.com/in/dana-l,,Acme\u200b,CTO,15 Mar 2023\n".encode(),
            {"Dana Levi": {"first_name": "Dana", "company": "Acme"}},
        ),
        "role.csv": Odd(
            "gmail_contacts",
            b"First Name,Last Name,Labels,E-mail 1 - Label,E-mail 1 - Value\nShop,Desk,,,service@shop.example\n",
            {"Shop Desk": {}}, frozenset({"service@shop.example"}),
        ),
    }  # fmt: skip
