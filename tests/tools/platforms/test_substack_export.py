"""Substack exports unlike the samples."""

from pathlib import Path

import pytest

from onelane.tools.platforms.exports import open_export, recognise
from onelane.tools.platforms.formats.markup import plain_text
from onelane.tools.platforms.formats.records import BadLine, PersonRecord, PostRecord, SkippedLine
from onelane.tools.registry.errors import UnreadableExport
from tests.samples.substack import substack_zip
from tests.tools.platforms.reading import only, people, read, write


def test_the_dashboards_export_has_the_columns_that_were_chosen(tmp_path: Path) -> None:
    text = (
        "Email,Name,Type,Stripe plan,Start date,Emails opened (30d),Subscription source (free),Country,State/Province,"
        "Tags\n"
        'Ada@example.com,Ada Example,Paid,Yearly,2026-06-17T10:21:38.759Z,3,substack-notes,GB,London,"vip, early"\n'
        "zoe@example.org,zoe@example.org,Free,,2026-06-18,,,,,\n"
    )
    ada, zoe = people("substack_contacts", write(tmp_path / "subscribers.csv", text))
    assert (ada.platform_user_id, ada.name, ada.emails[0].address) == (
        "ada@example.com",
        "Ada Example",
        "Ada@example.com",
    )
    assert ada.relations == ("subscriber", "paid_subscriber")
    assert (ada.location, ada.tags, str(ada.connected_at)) == (
        "London, GB",
        ("vip", "early"),
        "2026-06-17 10:21:38.759000+00:00",
    )
    assert ada.extra == {
        "type": "Paid",
        "stripe_plan": "Yearly",
        "emails_opened_30d": "3",
        "subscription_source_free": "substack-notes",
    }
    assert (zoe.name, zoe.relations) == (None, ("subscriber",))


def test_a_list_of_addresses_alone_is_read(tmp_path: Path) -> None:
    items = read(
        "substack_contacts", write(tmp_path / "list.csv", "Email\nada@example.com\n\nADA@example.com\nnobody\n")
    )
    assert [(type(item), item.line) for item in items] == [(PersonRecord, 2), (SkippedLine, 4), (BadLine, 5)]


def test_an_address_behind_a_name_is_read_and_who_left_is_not_written_to(tmp_path: Path) -> None:
    text = "Email,Type,Start date\nAda <ada@example.com>,Free,\nzoe@example.org,Free (unsubscribed),\n"
    ada, zoe = people("substack_contacts", write(tmp_path / "subscribers.csv", text))
    assert (ada.name, ada.emails[0].address, ada.relations) == ("Ada", "ada@example.com", ("subscriber",))
    assert zoe.relations == ("email_disabled",)


def test_a_gift_is_no_payment(tmp_path: Path) -> None:
    text = "email,active_subscription,plan\nada@example.com,true,comp\n"
    (ada,) = people("substack_contacts", write(tmp_path / "email_list.pub.csv", text))
    assert ada.relations == ("subscriber",)


def test_a_list_of_readers_of_a_post_is_no_list_of_subscribers(tmp_path: Path) -> None:
    text = "post_id,timestamp,email,post_type,post_audience,active_subscription\n"
    assert recognise(write(tmp_path / "1.opens.csv", text)) == []
    with pytest.raises(UnreadableExport, match="list of subscribers"):
        open_export("substack_contacts", tmp_path / "1.opens.csv")


def test_the_zip_serves_subscribers_and_posts(tmp_path: Path) -> None:
    path = substack_zip(tmp_path / "export.zip", 50, 4)
    assert recognise(path) == ["substack_contacts", "substack_posts"]
    assert sum("paid_subscriber" in person.relations for person in people("substack_contacts", path)) == 5
    posts = only(PostRecord, read("substack_posts", path))
    assert [each.text for each in posts] == [f"Text {number} & more" for number in range(4)]
    assert posts[0].url == "https://examplepub.substack.com/p/post-0"


def test_the_text_of_a_post_is_what_a_reader_sees(tmp_path: Path) -> None:
    (tmp_path / "posts").mkdir()
    write(tmp_path / "posts.csv", "post_id,post_date,is_published,title\n1.a,2026-07-18T04:27:59.900Z,true,A\n")
    write(
        tmp_path / "posts/1.a.html",
        "<style>p{}</style><p>One\ntwo &lt;3</p><ul><li>x</li><li>y</li></ul><script>z()</script>",
    )
    (found,) = only(PostRecord, read("substack_posts", tmp_path))
    assert found.text == "One two <3\nx\ny"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p><b>F</b>irst, she <em>un</em>did it.</p>", "First, she undid it."),
        ('<p>He said "<em>so</em>".</p>', 'He said "so".'),
        ("<p>日本<b>語</b>です</p>", "日本語です"),
        ("<p>a<template>b</template></p>", "a"),
        ("<div>" * 5_000 + "deep", "deep"),
        ("<p>half a character: \ud800</p>", "half a character: \ud800"),
    ],
)
def test_text_is_read_out_of_any_markup_and_its_words_stay_whole(html: str, text: str) -> None:
    assert plain_text(html) == text


def test_a_feed_that_is_garbled_is_refused_and_a_garbled_page_gives_what_it_has(tmp_path: Path) -> None:
    text = "<rss version='2.0' xmlns:a='http://a\u2028b\u2028c'><a:b/>substack</rss>"
    with pytest.raises(UnreadableExport, match="no feed that can be read"):
        read("substack_posts", write(tmp_path / "feed.xml", text))
    assert plain_text("<p>Good</p><![bad[<p>Lost") == "Good"


def test_a_feed_that_breaks_off_gives_what_it_has(tmp_path: Path) -> None:
    item = (
        "<item><title>A &amp;amp; B</title><link>https://p.substack.com/p/a</link><description>Sub</description></item>"
    )
    text = f"<?xml version='1.0'?><rss version='2.0'><channel><generator>Substack</generator>{item}<item><title>Cut"
    items = read("substack_posts", write(tmp_path / "feed.xml", text))
    assert only(PostRecord, items)[0].title == "A & B"
