"""Whose archive of X it is, told by whatever the archive holds; its owner is nobody to talk to."""

import json
import zipfile
from pathlib import Path

import pytest

from onelane.tools.platforms.exports import open_export
from onelane.tools.platforms.formats.records import MessageRecord, Owner, PostRecord, SkippedLine
from tests.tools.platforms.reading import only, read, write
from tests.tools.platforms.test_x_archive import ACCOUNT, archive, post, ytd

OWNER = {"screen_name": "me_ex", "id_str": "1", "name": "Me Example"}
LENA = {"screen_name": "lena_ex", "id_str": "2", "name": "Lena Example"}
THREAD = post(31, "2/2", in_reply_to_status_id_str="30", in_reply_to_user_id_str="1", in_reply_to_screen_name="me_ex")
TO_LENA = post(32, "@lena_ex hi", in_reply_to_user_id_str="2", in_reply_to_screen_name="lena_ex")


def tweets(*posts: object) -> str:
    return ytd("tweets", *({"tweet": each} for each in posts))


def owner_of(path: Path) -> Owner | None:
    return open_export("x_tweets", path).owner


def partners(path: Path) -> list[str | None]:
    """The handles of everyone whom the posts of an export answer, name or pass on."""
    posts = only(PostRecord, read("x_tweets", path))
    people = [*(each.in_reply_to for each in posts), *(person for each in posts for person in each.mentions)]
    return [person.handle for person in people if person is not None]


def test_whoever_is_answered_in_an_own_thread_is_the_owner(tmp_path: Path) -> None:
    path = write(tmp_path / "tweets.js", tweets(THREAD, post(30, "1/2"), TO_LENA))
    assert owner_of(path) == Owner("1", "me_ex")
    assert partners(path) == ["lena_ex"]
    assert next(each.url for each in only(PostRecord, read("x_tweets", path))) == "https://x.com/me_ex/status/31"


def test_the_user_of_the_posts_is_the_owner(tmp_path: Path) -> None:
    path = write(tmp_path / "tweets.js", tweets({**TO_LENA, "user": {"id": 1}}, {**post(5, "Hi"), "user": OWNER}))
    assert owner_of(path) == Owner("1", "me_ex", "Me Example")


def test_a_link_to_an_own_picture_tells_the_handle(tmp_path: Path) -> None:
    own = {"expanded_url": "https://twitter.com/me_ex/status/5/photo/1"}
    borrowed = {"expanded_url": "https://twitter.com/lena_ex/status/77/photo/1"}
    path = write(
        tmp_path / "tweets.js",
        tweets(post(5, "Mine", entities={"media": [own]}), post(6, "Hers", entities={"media": [borrowed]})),
    )
    assert owner_of(path) == Owner(None, "me_ex")


def test_a_thread_with_somebody_else_makes_nobody_the_owner(tmp_path: Path) -> None:
    path = write(tmp_path / "tweets.js", tweets({**TO_LENA, "in_reply_to_status_id_str": "99"}, post(30, "Hi")))
    assert owner_of(path) is None
    assert partners(path) == ["lena_ex"]


@pytest.mark.parametrize(
    ("kind", "entry"),
    [
        ("tweet_headers", {"tweet": {"tweet_id": "30", "user_id": "1"}}),
        ("verified", {"verified": {"accountId": "1", "verified": False}}),
        ("ip_audit", {"ipAudit": {"accountId": "1", "loginIp": "192.0.2.1"}}),
    ],
)
def test_other_files_about_the_account_tell_its_id(tmp_path: Path, kind: str, entry: object) -> None:
    path = archive(tmp_path / "x.zip", tweets=tweets(THREAD), **{kind: ytd(kind, entry)})
    assert owner_of(path) == Owner("1")
    assert partners(path) == []


def test_a_former_handle_of_the_owner_is_the_owners(tmp_path: Path) -> None:
    change = {"screenNameChange": {"accountId": "1", "screenNameChange": {"changedFrom": "Old_Me", "changedTo": "me"}}}
    path = archive(
        tmp_path / "x.zip",
        account=ACCOUNT,
        screen_name_change=ytd("screen_name_change", change),
        tweets=tweets(post(5, "RT @old_me: what I said"), post(6, "RT @lena_ex: hi")),
    )
    assert partners(path) == ["lena_ex"]


def test_whoever_is_in_every_conversation_is_the_owner(tmp_path: Path) -> None:
    def conversation(thread: str, sender: str, recipient: str) -> object:
        said = {"id": thread, "senderId": sender, "recipientId": recipient, "createdAt": "2026-06-03T20:05:00.000Z"}
        return {"dmConversation": {"conversationId": thread, "messages": [{"messageCreate": said}]}}

    talks = [conversation("1-2", "1", "2"), conversation("3-1", "3", "1")]
    path = write(tmp_path / "direct-messages.js", ytd("direct_messages", *talks))
    messages = only(MessageRecord, read("x_mentions", path))
    assert [(each.direction, each.people[0].platform_user_id) for each in messages] == [
        ("outbound", "2"),
        ("inbound", "3"),
    ]
    path = write(tmp_path / "one.js", ytd("direct_messages", talks[0]))
    assert [type(item) for item in read("x_mentions", path)] == [SkippedLine]


def test_the_oldest_archives_tell_their_owner_and_who_was_passed_on(tmp_path: Path) -> None:
    details = "var user_details = " + json.dumps({"screen_name": "me_ex", "full_name": "Me Example", "id": "1"})
    lena_said = {"id_str": "9", "text": "all that Lena said &amp; more", "user": LENA}
    own_said = {"id_str": "8", "text": "my own words to @lena_ex", "user": OWNER}
    posts = [
        {**post(12, ""), "text": "RT @lena_ex: all that…", "retweeted_status": lena_said, "user": {"id": 1}},
        {
            **post(11, ""),
            "text": "RT @me_ex: my own…",
            "retweeted_status": own_said,
            "entities": {"user_mentions": [LENA]},
        },
    ]
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as container:
        container.writestr("data/js/user_details.js", details)
        container.writestr("data/js/tweets/2016_01.js", "Grailbird.data.tweets_2016_01 = \n" + json.dumps(posts))
    assert owner_of(tmp_path / "x.zip") == Owner("1", "me_ex", "Me Example")
    hers, own = only(PostRecord, read("x_tweets", tmp_path / "x.zip"))
    assert (hers.kind, hers.text, hers.url) == (
        "repost",
        "all that Lena said & more",
        "https://x.com/me_ex/status/12",
    )
    assert [(each.platform_user_id, each.name) for each in hers.mentions] == [("2", "Lena Example")]
    assert (own.kind, own.mentions) == ("repost", ())


@pytest.mark.parametrize("kind", ["community_tweet", "twitter_circle_tweet"])
def test_posts_in_communities_and_circles_are_the_owners_too(tmp_path: Path, kind: str) -> None:
    path = archive(
        tmp_path / "x.zip",
        account=ACCOUNT,
        tweets=tweets(post(21, "To all")),
        **{kind: ytd(kind, {"tweet": post(22, "To some")})},
    )
    assert [each.post_id for each in only(PostRecord, read("x_tweets", path))] == ["21", "22"]
    alone = write(tmp_path / "alone.js", ytd(kind, {"tweet": post(22, "To some")}))
    assert [each.post_id for each in only(PostRecord, read("x_tweets", alone))] == ["22"]


def test_deleted_posts_are_left_out_wherever_they_stand(tmp_path: Path) -> None:
    path = archive(
        tmp_path / "x.zip",
        account=ACCOUNT,
        tweets=tweets(
            post(21, "Kept"), post(23, "Gone"), post(24, "Gone too"), {**post(25, "Gone"), "deleted_at": "x"}
        ),
        deleted_tweets=ytd("deleted_tweets", {"tweet": post(23, "Gone")}),
        deleted_tweet_headers=ytd("deleted_tweet_headers", {"tweet": {"tweet_id": "24", "user_id": "1"}}),
    )
    items = read("x_tweets", path)
    assert [each.post_id for each in only(PostRecord, items)] == ["21"]
    assert len(only(SkippedLine, items)) == 3
