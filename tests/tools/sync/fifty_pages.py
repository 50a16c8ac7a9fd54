"""Fifty contacts and the web that they are looked for in: what may be found of each, and what must not."""

import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.websites import Reply, Visit, page, redirect

FILLER = "<p>" + "Words that say nothing in particular about anybody. " * 12 + "</p>"

Found = Mapping[str, tuple[str, str]]
"""What is to be found: by field the value and the page that says so."""


@dataclass(frozen=True)
class Case:
    """A contact, its pages, and what is to be found."""

    name: str
    website: str
    pages: Mapping[str, Reply | str]
    found: Found = field(default_factory=dict[str, tuple[str, str]])
    outcome: str = "enriched"
    columns: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What is known of the contact already."""


def html(body: str, head: str = "") -> str:
    return f"<!doctype html><html><head><title>A page</title>{head}</head><body>{body}{FILLER}</body></html>"


def json_ld(*items: Mapping[str, object]) -> str:
    scripts = (json.dumps({"@context": "https://schema.org", **item}) for item in items)
    return "".join(f'<script type="application/ld+json">{script}</script>' for script in scripts)


def person(name: str, **more: object) -> dict[str, object]:
    return {"@type": "Person", "name": name, **more}


def vcard(name: str, *lines: str) -> Reply:
    first, _, last = name.partition(" ")
    text = "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", f"N:{last};{first};;;", f"FN:{name}", *lines, "END:VCARD", ""])
    return page(text, content_type="text/vcard; charset=utf-8")


def _bomb(visit: Visit) -> Iterable[bytes]:
    yield gzip.compress(b"<p>" + b"0" * 50_000_000)


def _endless(visit: Visit) -> Iterable[bytes]:
    yield b"<html><body>"
    for _ in range(160):
        yield b"<p>" + b"x" * 65_000 + b"</p>"


def fifty_cases() -> list[Case]:
    """All of them."""
    plain = [_json_ld(number) for number in range(14)] + [_card(number) for number in range(7)]
    plain += [_microformats(number) for number in range(7)] + [_microdata(number) for number in range(5)]
    return [*plain, *_odd(), *_wrong(), *_broken()]


def _json_ld(number: int) -> Case:
    host, name = f"ld{number}.example.com", f"Linda Data{number:02}"
    work = {"@type": "Organization", "name": f"Acme {number} GmbH"}
    about = person(name, email=f"mailto:linda@{host}", jobTitle="Engineer", worksFor=work)
    url = f"http://{host}/"
    values = {"email": f"linda@{host}", "title": "Engineer", "company": f"Acme {number} GmbH"}
    return Case(
        name, url, {f"{host}/": html("Hello", json_ld(about))}, {key: (one, url) for key, one in values.items()}
    )


def _card(number: int) -> Case:
    host, name = f"card{number}.example.com", f"Carl Card{number:02}"
    url = f"http://{host}/me.vcf"
    card = vcard(name, f"EMAIL:carl@{host}", "TITLE:Designer", "TEL:+493012345678", "ORG:Paper;Design")
    values = {"email": f"carl@{host}", "title": "Designer", "phone": "+493012345678", "company": "Paper"}
    values |= {"first_name": "Carl", "last_name": f"Card{number:02}"}
    pages = {f"{host}/": html(f'<a href="/me.vcf">{name}</a>'), f"{host}/me.vcf": card}
    return Case(name, f"http://{host}/", pages, {key: (one, url) for key, one in values.items()})


def _microformats(number: int) -> Case:
    host, name = f"mf{number}.example.com", f"Mia Format{number:02}"
    card = (
        f'<div class="h-card"><a class="p-name u-url" href="http://{host}/">{name}</a>'
        f'<span class="p-job-title">Editor</span> <span class="p-org h-card">Press {number}</span>'
        f'<a class="u-email" href="mailto:mia@{host}">write</a><span class="p-locality">Lisbon</span></div>'
    )
    url = f"http://{host}/"
    values = {"email": f"mia@{host}", "title": "Editor", "company": f"Press {number}", "location": "Lisbon"}
    return Case(name, url, {f"{host}/": html(card)}, {key: (one, url) for key, one in values.items()})


def _microdata(number: int) -> Case:
    host, name = f"md{number}.example.com", f"Dora Micro{number:02}"
    item = (
        '<div itemscope itemtype="https://schema.org/Person">'
        f'<span itemprop="name">{name}</span><span itemprop="jobTitle">Analyst</span>'
        '<div itemprop="worksFor" itemscope itemtype="https://schema.org/Organization">'
        f'<span itemprop="name">Numbers {number}</span></div></div>'
    )
    url = f"http://{host}/"
    return Case(name, url, {f"{host}/": html(item)}, {"title": ("Analyst", url), "company": (f"Numbers {number}", url)})


def _odd() -> list[Case]:
    """What is to be found, if in a roundabout way."""
    team = [
        person("Tina Team", jobTitle="Head of Sales", email="tina@team.example.com"),
        person("Theo Team", jobTitle="Head of Nothing", email="theo@team.example.com"),
        person("Tina Other", jobTitle="Wrong", telephone="+49 30 999999"),
    ]
    acme = {
        "@type": "Organization",
        "name": "Works Ltd",
        "url": "http://works.example.com/",
        "email": "info@works.example.com",
    }
    graph = {
        "@graph": [
            {
                "@type": "Person",
                "@id": "#p",
                "name": "Gerd Graph",
                "worksFor": {"@id": "#o"},
                "jobTitle": ["CTO", "Founder"],
            },
            {"@type": "Organization", "@id": "#o", "name": "Graph AG"},
        ]
    }
    agreeing = json_ld(person("Ada Agree", jobTitle="Author")) + ""
    return [
        Case(
            "Rita Redirect",
            "http://old.example.com/",
            {
                "old.example.com/": redirect("http://middle.example.com/a", status=301),
                "middle.example.com/a": redirect("http://new.example.com/"),
                "new.example.com/": html("Hi", json_ld(person("Rita Redirect", jobTitle="Pilot"))),
            },
            {"title": ("Pilot", "http://new.example.com/")},
        ),
        Case(
            "Tina Team",
            "http://team.example.com/team",
            {"team.example.com/team": html("The team", json_ld(*team))},
            {
                "title": ("Head of Sales", "http://team.example.com/team"),
                "email": ("tina@team.example.com", "http://team.example.com/team"),
            },
        ),
        Case(
            "Walt Works",
            "http://works.example.com/",
            {"works.example.com/": html("We work", json_ld(acme))},
            {"company": ("Works Ltd", "http://works.example.com/")},
            columns={"email": "walt@works.example.com"},
        ),
        Case(
            "Gerd Graph",
            "http://graph.example.com/",
            {"graph.example.com/": html("Graph", json_ld(graph))},
            {"title": ("CTO", "http://graph.example.com/"), "company": ("Graph AG", "http://graph.example.com/")},
        ),
        Case(
            "Ada Agree",
            "http://agree.example.com/",
            {
                "agree.example.com/": html(
                    '<div class="h-card"><b class="p-name">Ada Agree</b> <i class="p-job-title">author</i></div>',
                    agreeing,
                )
            },
            {"title": ("Author", "http://agree.example.com/")},
        ),
        Case(
            "Otto Profile",
            "http://og.example.com/",
            {
                "og.example.com/": html(
                    "Otto",
                    '<meta property="og:type" content="profile"><meta property="profile:first_name" content="Otto">'
                    '<meta property="profile:last_name" content="Profile">'
                    '<meta property="og:description" content="Writes about bridges.">',
                )
            },
            {
                "first_name": ("Otto", "http://og.example.com/"),
                "last_name": ("Profile", "http://og.example.com/"),
                "bio": ("Writes about bridges.", "http://og.example.com/"),
            },
        ),
        Case(
            "Rel Mee",
            "http://rel.example.com/",
            {
                "rel.example.com/": html(
                    '<a rel="me" href="http://about.example.com/rel">me</a>'
                    '<a rel="me" href="https://www.linkedin.com/in/rel-mee">in</a>',
                    json_ld(person("Rel Mee")),
                ),
                "about.example.com/rel": html("Rel", json_ld(person("Rel Mee", jobTitle="Diver"))),
            },
            {
                "title": ("Diver", "http://about.example.com/rel"),
                "profile_url": ("https://www.linkedin.com/in/rel-mee", "http://rel.example.com/"),
            },
        ),
    ]


def _wrong() -> list[Case]:
    """What must not be taken."""
    return [
        Case(
            "Anna Sought",
            "http://anna.example.com/",
            {"anna.example.com/": html("Anna", json_ld(person("Anna Elsewhere", email="anna@else.example.com")))},
            outcome="unchanged",
        ),
        Case(
            "Cora Contra",
            "http://contra.example.com/",
            {
                "contra.example.com/": html(
                    '<div class="h-card"><b class="p-name">Cora Contra</b> <i class="p-job-title">Gardener</i></div>',
                    json_ld(person("Cora Contra", jobTitle="Banker", telephone="+49 30 555555")),
                )
            },
            {"phone": ("+4930555555", "http://contra.example.com/")},
        ),
        Case(
            "Ivo Info",
            "http://info.example.com/",
            {"info.example.com/": html("Ivo", json_ld(person("Ivo Info", email="info@info.example.com")))},
            outcome="unchanged",
        ),
        Case(
            "Host Platform",
            "http://blog.example.com/",
            {"blog.example.com/": html("Blog", json_ld({"@type": "Organization", "name": "Bloghost Inc"}))},
            outcome="unchanged",
        ),
        Case(
            "Carla Card",
            "http://wrongcard.example.com/",
            {
                "wrongcard.example.com/": html('<a href="/boss.vcf">card</a>'),
                "wrongcard.example.com/boss.vcf": vcard("Some Boss", "EMAIL:boss@wrongcard.example.com"),
            },
            outcome="unchanged",
        ),
        Case("Lynn Linked", "https://www.linkedin.com/in/lynn-linked", {}, outcome="unchanged"),
    ]


def _broken() -> list[Case]:
    """What can't be read, and must do no harm."""
    loops = {"loop.example.com/": redirect("http://loop.example.com/b"), "loop.example.com/b": redirect("/")}
    return [
        Case("Lou Loop", "http://loop.example.com/", loops, outcome="failed"),
        Case("Big Page", "http://big.example.com/", {"big.example.com/": page(_endless)}, outcome="failed"),
        Case(
            "Zip Bomb",
            "http://bomb.example.com/",
            {"bomb.example.com/": page(_bomb, Content_Encoding="gzip")},
            outcome="failed",
        ),
        Case("Mo Missing", "http://missing.example.com/", {}, outcome="failed"),
    ]


def script_only() -> Case:
    """A page that is next to nothing until its script has run."""
    about = json.dumps({"@context": "https://schema.org", **person("Sara Script", jobTitle="Actor")})
    script = (
        "<script>const s = document.createElement('script'); s.type = 'application/ld+json';"
        f" s.textContent = {json.dumps(about)}; document.head.append(s);"
        " document.getElementById('root').textContent = 'Sara Script, actor. '.repeat(30);</script>"
    )
    shell = f'<!doctype html><html><head><title>App</title></head><body><div id="root"></div>{script}</body></html>'
    url = "http://script.example.com/"
    return Case("Sara Script", url, {"script.example.com/": shell}, {"title": ("Actor", url)})
