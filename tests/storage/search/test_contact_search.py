"""Searching contacts finds whom one means, the best first, whatever was typed."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from onelane.storage.contact_merge import unite_contacts
from onelane.storage.database.engine import Database
from onelane.storage.database.rows import table_of
from onelane.storage.people.contacts import Contact, FunnelStage, archive_contacts, restore_contacts, update_contact
from onelane.storage.platforms.accounts import Platform
from onelane.storage.search.contact_search import forget_contacts, index_contacts
from tests.databases import Clock
from tests.proof import FULL
from tests.storage.people import add, found, look, look_through

ON_ONE_DATABASE = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


KNOWN = (
    "Grace Sample",
    "grace",
    "SAMPLE",
    "Sample Grace",
    "gra",
    "gr sa",
    "g",
    "gracesample",
    "Meridian Analytics",
    "meridian",
    "analyst",
    "grace sample meridian",
    "grace.sample@meridian.test",
    "grace.sample@meri",
    "meridian.test",
    "@gsample_writes",
    "gsample_writes",
    "writes",
    "fintech",
    "c-level",
    "Lisbon",
    "keynote speaker",
    "sourdough",
    "conference",
)


def test_a_contact_is_found_by_anything_that_is_known_of_it(database: Database) -> None:
    add(database, "Someone Else", company="Other Ltd", email="else@other.test")
    add(
        database,
        "Grace Sample",
        company="Meridian Analytics",
        title="Principal Analyst",
        email="grace.sample@meridian.test",
        handles=["gsample_writes"],
        tags=["fintech", "C-level"],
        location="Lisbon, Portugal",
        headline="Keynote speaker",
        bio="Bakes sourdough.",
        notes="Met at the conference.",
    )
    assert {text: found(database, text) for text in KNOWN} == {text: ["Grace Sample"] for text in KNOWN}


def test_names_come_before_details_and_details_before_free_text(database: Database) -> None:
    add(database, "Wren Notes", notes="knows grace sample well", enrichment_score=90)
    add(database, "Wren Tag", tags=["grace", "sample"], enrichment_score=80)
    add(database, "Gracely Sampleton", enrichment_score=70)
    add(database, "Dr Grace Sample", enrichment_score=60)
    add(database, "Grace Sample", enrichment_score=10)
    rows = look(database, "grace sample").rows
    assert [(row["name"], row["matched_by"]) for row in rows] == [
        ("Grace Sample", "exact"),
        ("Dr Grace Sample", "prefix"),
        ("Gracely Sampleton", "prefix"),
        ("Wren Tag", "text"),
        ("Wren Notes", "text"),
    ]


def test_of_equal_matches_the_best_known_comes_first_and_then_the_newest(database: Database) -> None:
    add(database, "Grace Oldest", "Grace Older", enrichment_score=40)
    add(database, "Grace Known", enrichment_score=95)
    add(database, "Grace Newest", enrichment_score=40)
    assert found(database, "grace") == ["Grace Known", "Grace Newest", "Grace Older", "Grace Oldest"]
    assert found(database) == ["Grace Newest", "Grace Known", "Grace Older", "Grace Oldest"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Søren Ångström", "soren angstrom"),
        ("Soren Angstrom", "Søren Ångström"),
        ("Łukasz Żółć", "lukasz zolc"),
        ("Jürgen Groß", "JURGEN GROSS"),
        ("José García", "jose\u0301 garci\u0301a"),
        ("Ｗｉｄｅ Letters", "wide"),
        ("Елена Фёдорова", "федорова"),
        ("Ελένη Παπαδοπούλου", "ελενη"),
        ("Grace O'Neil", "oneil"),
        ("Grace O'Neil", "O’Neil"),
        ("Grace ONeil", "o'neil"),
        ("Anne-Marie Duval", "annemarie"),
        ("Anne-Marie Duval", "marie"),
        ("J.R. Example", "jr example"),
        ("愛川翼", "愛川"),
        ("愛川翼", "翼"),
        ("愛川翼", "愛川翼"),
        ("田中 ガブリエル", "ブリエ"),
        ("김민수", "민수"),
        ("नमिता शर्मा", "शर्मा"),
        ("محمد علي", "مُحَمَّد"),
    ],
)
def test_a_name_is_found_in_any_spelling_and_script(database: Database, name: str, text: str) -> None:
    add(database, "Someone Else", "別人", name)
    assert found(database, text) == [name]


def test_a_company_that_is_written_without_spaces_is_found_by_a_part(database: Database) -> None:
    add(database, "Li Wei", company="示例公司")
    add(database, "Wang Fang", company="另一家公司")
    assert found(database, "示例") == ["Li Wei"]
    assert found(database, "例公司") == ["Li Wei"]
    assert found(database, "公司") == ["Wang Fang", "Li Wei"]
    assert found(database, company="示例公司") == ["Li Wei"]


@pytest.mark.parametrize(
    "text",
    ["Grcae Smaple", "Grace Smple", "Grace Samplle", "Grafe Sample", "Rgace", "Gracd", "grace sampel", "smaple"],
)
def test_a_slip_in_a_name_is_forgiven(database: Database, text: str) -> None:
    add(database, "Bob Other", "Grace Sample", "Gregor Ample")
    page = look(database, text)
    assert page.rows[0]["name"] == "Grace Sample"
    assert {row["matched_by"] for row in page.rows} == {"typo"}


@pytest.mark.parametrize("text", ["Krzistof", "Kryzsztfo", "Wojceichowksi", "wojciechowsky", "Krzysztof Woiciechovski"])
def test_two_slips_in_a_long_word_are_forgiven(database: Database, text: str) -> None:
    add(database, "Bob Other", "Krzysztof Wojciechowski")
    assert found(database, text) == ["Krzysztof Wojciechowski"]


LETTERS = st.text("abcdefghijklmnopqrstuvwxyzäé", min_size=4, max_size=12)


@settings(ON_ONE_DATABASE, max_examples=60 if FULL else 25)
@given(word=LETTERS, slips=st.data())
def test_any_slip_that_the_length_allows_is_forgiven(database: Database, word: str, slips: st.DataObject) -> None:
    mistyped = word
    for _ in range(1 if len(word) < 9 else 2):
        at = slips.draw(st.integers(0, len(mistyped) - 2))
        letter = slips.draw(st.sampled_from("aeqz"))
        mistyped = slips.draw(
            st.sampled_from(
                [
                    mistyped[:at] + mistyped[at + 1] + mistyped[at] + mistyped[at + 2 :],
                    mistyped[:at] + mistyped[at + 1 :],
                    mistyped[:at] + letter + mistyped[at:],
                    mistyped[:at] + letter + mistyped[at + 1 :],
                ]
            )
        )
    assume(len(mistyped) >= (4 if len(word) < 9 else 8))
    start_over(database)
    add(database, f"{word} Q")
    assert found(database, mistyped) == [f"{word} Q"]


def test_a_text_that_is_found_is_not_corrected(database: Database) -> None:
    add(database, "Marie Sample", "Maria Sample")
    assert found(database, "marie") == ["Marie Sample"]
    assert found(database, "marie", archived=True) == []
    assert found(database, "marie", has_email=True) == []


def test_a_short_word_or_a_wild_one_is_not_put_right(database: Database) -> None:
    add(database, "Ana Lim", "Grace Sample")
    assert found(database, "Ane") == []
    assert found(database, "Gxxxe") == []


def test_a_slip_beside_a_company_is_forgiven_too(database: Database) -> None:
    add(database, "Grace Sample", company="Meridian")
    add(database, "Grace Other", company="Zenith")
    assert found(database, "grcae meridian") == ["Grace Sample"]


SIGNS = (
    '"', "*", "a*", "grace*", "NOT grace", "grace AND sample", "grace OR bob", "name:grace", "name : grace",
    "^grace", "NEAR(grace sample)", "{name}: grace", "(grace", "grace)", "-grace", "+grace", "grace'", "\\", "\\'",
    "' OR 1=1 --", ":*", "grace:*", "grace & sample", "!grace", "a|b", "<->", "%", "_", ";", "§plinkedin",
    "§ plinkedin", "¶gracesample", "\x00", "\ud7ff", "🙂", "…", "@", "@@", ".", "a" * 5_000, "a " * 5_000,
    "@a.b" * 400,
)  # fmt: skip


def test_signs_of_a_query_language_are_only_text(database: Database) -> None:
    add(database, "Grace Sample", company="AND OR NOT")
    names = {text: found(database, text) for text in SIGNS}
    assert {text: hits for text, hits in names.items() if hits not in ([], ["Grace Sample"])} == {}
    odd = {
        text: hits
        for text, hits in names.items()
        if any(sign in text for sign in ("§", "¶", "OR 1", "NOT g", "bob", "near"))
    }
    nobody = {text: list[str]() for text in odd}
    assert odd == {**nobody, "NOT grace": ["Grace Sample"], "¶gracesample": ["Grace Sample"]}


@settings(ON_ONE_DATABASE, max_examples=150 if FULL else 60)
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30))
def test_any_text_can_be_kept_and_is_found_again(database: Database, text: str) -> None:
    start_over(database)
    add(database, text, company=text, bio=text, tags=[text], handles=[text])
    searchable = any(character.isalnum() for character in text)
    assert not searchable or found(database, text) == [text]


def test_a_text_without_a_letter_or_digit_finds_nobody(database: Database) -> None:
    add(database, "Grace Sample")
    page = look(database, "?!")
    assert (list(page.rows), page.total, page.next_cursor) == ([], 0, None)
    assert found(database, "  \n ") == ["Grace Sample"]


def test_filters_must_all_hold(database: Database, clock: Clock) -> None:
    add(database, "Ada One", company="Acme Bank", tags=["VIP"], email="ada@acme.test", enrichment_score=80)
    clock.advance(days=1)
    add(
        database,
        "Ada Two",
        company="Bank of Example",
        tags=["vip", "c++"],
        funnel_stage=FunnelStage.CUSTOMER,
        handles=["ada2"],
        platform=Platform.X,
        enrichment_score=30,
    )
    clock.advance(days=1)
    add(database, "Ada Three", tags=["vi", "p", "c"], enrichment_score=55)
    now = clock()
    for text in ("", "ada"):
        assert set(found(database, text, tags=["vip"])) == {"Ada One", "Ada Two"}
        assert found(database, text, tags=["vip", "C++"]) == ["Ada Two"]
        assert found(database, text, tags=["c"]) == ["Ada Three"]
        assert found(database, text, platform=Platform.X) == ["Ada Two"]
        assert found(database, text, funnel_stage=FunnelStage.CUSTOMER) == ["Ada Two"]
        assert found(database, text, has_email=True) == ["Ada One"]
        assert set(found(database, text, has_email=False)) == {"Ada Two", "Ada Three"}
        assert set(found(database, text, min_enrichment_score=55)) == {"Ada One", "Ada Three"}
        assert found(database, text, min_enrichment_score=31, max_enrichment_score=79) == ["Ada Three"]
        assert found(database, text, company="acme") == ["Ada One"]
        assert set(found(database, text, company="bank")) == {"Ada One", "Ada Two"}
        assert found(database, text, created_after=now) == ["Ada Three"]
        assert set(found(database, text, created_before=now)) == {"Ada One", "Ada Two"}
        assert found(database, text, created_after=now - timedelta(days=1), created_before=now) == ["Ada Two"]
        assert found(database, text, tags=["vip"], created_before=now - timedelta(days=1)) == ["Ada One"]
        assert found(database, text, has_email=True, max_enrichment_score=50) == []


def test_a_very_long_tag_is_a_tag_like_others(database: Database) -> None:
    add(database, "Ada One", tags=["x" * 5_000])
    assert found(database, tags=["X" * 5_000]) == found(database, "xxx") == ["Ada One"]
    assert found(database, tags=["x"]) == []


def test_a_company_without_a_letter_is_nobodys(database: Database) -> None:
    add(database, "Ada One", company="?!")
    assert found(database, company="?!") == []


def test_a_platform_is_where_a_contact_came_from_or_is_known(database: Database) -> None:
    add(database, "Ada One", platform=Platform.X, handles=["ada"])
    with database.write() as session:
        (contact,) = session.sql(sa.select(table_of(Contact).c.id)).scalars()
        update_contact(session, contact, platform=Platform.GMAIL)
        index_contacts(session, [contact])
    assert found(database, platform=Platform.X) == ["Ada One"]
    assert found(database, platform=Platform.GMAIL) == ["Ada One"]
    assert found(database, platform=Platform.LINKEDIN) == []


def test_archived_contacts_are_found_only_when_asked_for(database: Database) -> None:
    one, two, _ = add(database, "Ada One", "Ada Two", "Ada Three", enrichment_score=5)
    with database.write() as session:
        archive_contacts(session, [one, two], "left")
        index_contacts(session, [one, two])
    assert found(database, "ada") == found(database) == ["Ada Three"]
    assert found(database, "ada", archived=True) == found(database, archived=True) == ["Ada Two", "Ada One"]
    assert [row["name"] for row in look_through(database, "ada", archived=True, limit=1)] == ["Ada Two", "Ada One"]
    with database.write() as session:
        restore_contacts(session, [one])
        index_contacts(session, [one])
    assert found(database, "ada", archived=True) == ["Ada Two"]
    assert found(database, "ada") == ["Ada Three", "Ada One"]


def test_a_changed_contact_is_found_by_what_it_is_now(database: Database) -> None:
    (contact,) = add(database, "Grace Before", company="Old Ltd", enrichment_score=10)
    with database.write() as session:
        update_contact(session, contact, name="Grace After", company="New Ltd", enrichment_score=90)
        index_contacts(session, [contact])
        index_contacts(session, [contact])
    assert found(database, "before") == found(database, "old") == []
    assert found(database, "after") == found(database, "new") == found(database, "grace") == ["Grace After"]
    assert look(database).total == look(database, "grace").total == 1


def test_a_contact_that_was_rolled_back_is_not_found(database: Database) -> None:
    (contact,) = add(database, "Grace Sample")
    with database.read() as session:
        update_contact(session, contact, name="Zelda Unsaved")
        index_contacts(session, [contact])
    assert found(database, "zelda") == []
    assert found(database, "Grcae") == ["Grace Sample"]


def test_a_deleted_or_forgotten_contact_is_found_no_more(database: Database) -> None:
    one, two, _ = add(database, "Ada One", "Ada Two", "Ada Three")
    with database.write() as session:
        session.sql(sa.delete(table_of(Contact)).where(table_of(Contact).c.id == one))
        forget_contacts(session, [two])
    page = look(database, "ada")
    assert ([row["name"] for row in page.rows], page.total) == (["Ada Three"], 1)
    assert look(database).total == 1


def test_of_two_contacts_that_become_one_the_kept_one_is_found(database: Database) -> None:
    kept, gone = add(database, "Grace Sample", "G. Sample", handles=["gsample"])
    with database.write() as session:
        unite_contacts(session, kept_id=kept, gone_id=gone)
        index_contacts(session, [kept])
    assert [row["id"] for row in look(database, "sample").rows] == [kept]


def test_a_row_is_the_contact_as_the_database_has_it(database: Database, clock: Clock) -> None:
    (contact,) = add(database, "Grace Sample", tags=["vip"], email="g@sample.test")
    (row,) = look(database, "grace").rows
    assert (row["id"], row["tags"], row["email"], row["matched_by"]) == (contact, '["vip"]', "g@sample.test", "prefix")
    assert (row["funnel_stage"], row["created_at"]) == ("prospect", clock().timestamp())
    assert look(database).rows[0]["matched_by"] is None


def test_more_than_a_thousand_hits_are_not_counted(database: Database) -> None:
    add(database, *(f"Ada Number{number}" for number in range(1_000)))
    exactly = look(database, "ada")
    add(database, "Ada More")
    more = look(database, "ada")
    assert (exactly.total, exactly.total_is_exact, exactly.total_text) == (1_000, True, "1,000")
    assert (more.total, more.total_is_exact, more.total_text) == (1_000, False, "1,000+")
    assert look(database).total_text == "1,000+"


@pytest.mark.parametrize("limit", [1, 2, 7])
def test_all_pages_together_are_everybody_once_in_the_order_of_one_long_page(database: Database, limit: int) -> None:
    for number in range(4):
        add(database, "Ada", "Ada Sample", "Adalbert Sample", enrichment_score=number * 20)
        add(database, f"Person {number}", company="Ada Sample Works", email=f"ada{number}@sample.test")
        add(database, f"Friend {number}", notes="of ada, a sample", tags=["a"])
    for text in ("", "ada", "a", "sample", "asmple"):
        everybody = look(database, text, limit=100)
        assert everybody.next_cursor is None
        rows = look_through(database, text, limit=limit)
        assert [(row["id"], row["matched_by"]) for row in rows] == [
            (row["id"], row["matched_by"]) for row in everybody.rows
        ]
        assert len(rows) == everybody.total == len({row["id"] for row in rows}) > 3


def test_a_page_goes_on_where_the_last_one_ended_whatever_came_in_since(database: Database) -> None:
    add(database, "Ada One", "Ada Two", "Ada Three")
    first = look(database, "ada", limit=2)
    add(database, "Ada Four")
    second = look(database, "ada", limit=2, cursor=first.next_cursor)
    assert [row["name"] for row in (*first.rows, *second.rows)] == ["Ada Three", "Ada Two", "Ada One"]


@settings(ON_ONE_DATABASE, max_examples=100 if FULL else 40)
@given(cursor=st.text(max_size=20) | st.binary(max_size=20).map(bytes.hex) | st.just("WzEsMiwzXQ"))
def test_a_cursor_that_no_search_gave_is_refused(database: Database, cursor: str) -> None:
    with pytest.raises(ValueError, match="Leave it out"):
        look(database, "ada", cursor=cursor)


def test_a_cursor_of_another_search_is_refused(database: Database) -> None:
    add(database, "Ada One", "Ada Two")
    cursor = look(database, "ada", limit=1).next_cursor
    assert cursor is not None
    with pytest.raises(ValueError, match="belongs to another search"):
        look(database, "one", cursor=cursor)
    with pytest.raises(ValueError, match="belongs to another search"):
        look(database, "ada", cursor=cursor, has_email=False)
    assert len(look(database, "ada", limit=50, cursor=cursor).rows) == 1


@pytest.mark.parametrize("limit", [0, -1, 101])
def test_a_limit_out_of_bounds_is_refused(database: Database, limit: int) -> None:
    with pytest.raises(ValueError, match="from 1 to 100"):
        look(database, limit=limit)


def start_over(database: Database) -> None:
    with database.write() as session:
        session.sql(sa.delete(table_of(Contact)))
