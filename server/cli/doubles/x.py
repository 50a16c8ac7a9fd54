"""X as a double: one account with followers, posts and mentions, its limits, its bill, and both vocabularies."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import orjson

from onelane.server.cli.doubles.double_server import Double, DoubleAnswer, DoubleRequest, Handler, for_signed_in
from onelane.server.cli.doubles.x_entries import absent, as_shown, post, problem, user

OWNER_ID = "12"
WINDOW = timedelta(minutes=15)
_REFUSED = DoubleAnswer(401, {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"})
_OLD_WORDS = {
    "post_count": "tweet_count",
    "repost_count": "retweet_count",
    "referenced_posts": "referenced_tweets",
    "edit_history_post_ids": "edit_history_tweet_ids",
    "note_post": "note_tweet",
    "posts": "tweets",
}
_ALWAYS = ("id", "name", "username", "text", "edit_history_post_ids")
_LONGEST_POST = 280
_POSTS_BACK = {"tweets": 3200, "mentions": 800}


@dataclass
class X:
    """One account at X, and all that it sees.

    Args:
        people: everybody, by id
        followers: ids, the newest first
        following: ids, the newest first
        posts: of the account, the newest first
        mentions: posts of others that name it, the newest first
        suspended: ids of whom X has shut out; who is not in `people` is not found
        page_size: at most so many on a page, whatever is asked for
        repeats_token: whether each page leads to the same next one
        forgets_tokens: whether X knows no page token any more
        knows_old_words_only: whether parameters and answers have the names of before the summer of 2026
        limit: so many requests of a kind are let through in a window; None tells no limits
        credits: so many things may still be read; None for any number
        clock: X's own
        knows: whether an access token is good
    """

    people: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    followers: list[str] = field(default_factory=list[str])
    following: list[str] = field(default_factory=list[str])
    posts: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    mentions: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    suspended: set[str] = field(default_factory=set[str])
    page_size: int = 1000
    repeats_token: bool = False
    forgets_tokens: bool = False
    knows_old_words_only: bool = False
    limit: int | None = None
    credits: int | None = None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    knows: Callable[[str], bool] = lambda token: True
    billed: dict[str, int] = field(default_factory=dict[str, int])
    """How many things of each kind were paid for, each once a day."""
    _paid_today: set[tuple[str, str, str]] = field(default_factory=set[tuple[str, str, str]])
    _windows: dict[str, tuple[int, datetime]] = field(default_factory=dict[str, tuple[int, datetime]])

    def __post_init__(self) -> None:
        self.people.setdefault(OWNER_ID, user(OWNER_ID, "me_owner", "Me Owner"))

    def double(self) -> Double:
        """What answers in X's name."""
        double = Double({}, refused=_REFUSED)
        mentions = self._posts_in("mentions", self.mentions)
        routes: dict[str, Handler] = {
            "GET /2/users/me": self._count(double, "me", self._me),
            "GET /2/users": self._count(double, "users", self._users),
            "GET /2/users/{user_id}/followers": self._count(double, "followers", self._people_in(self.followers)),
            "GET /2/users/{user_id}/following": self._count(double, "following", self._people_in(self.following)),
            "GET /2/users/{user_id}/tweets": self._count(double, "tweets", self._posts_in("tweets", self.posts)),
            "GET /2/users/{user_id}/mentions": self._count(double, "mentions", mentions),
            "POST /2/tweets": self._count(double, "post", self._create),
        }
        double.routes = for_signed_in(routes, self.knows, _REFUSED)
        return double

    def _count(self, double: Double, endpoint: str, handler: Handler) -> Handler:
        """A handler behind the window of its endpoint, the words that X knows, and the credits."""

        def answer(request: DoubleRequest, **parts: str) -> DoubleAnswer:
            calls_left, resets_at = self._windows.get(endpoint, (0, self.clock()))
            if self.clock() >= resets_at:
                calls_left, resets_at = self.limit or 0, self.clock() + WINDOW
            if self.limit is not None and calls_left == 0:
                double.complaints.append(f"{endpoint} was asked before its window opened again")
                return self._with_headers(problem(429, "Too Many Requests"), 0, resets_at)
            self._windows[endpoint] = (calls_left - 1, resets_at)
            reply = self._refusal(request) or handler(request, **parts)
            return self._with_headers(reply, calls_left - 1, resets_at)

        return answer

    def _with_headers(self, answer: DoubleAnswer, calls_left: int, resets_at: datetime) -> DoubleAnswer:
        headers = {"Date": format_datetime(self.clock(), usegmt=True)}
        if self.limit is not None:
            numbers = (self.limit, calls_left, int(resets_at.timestamp()))
            headers |= {f"x-rate-limit-{name}": str(value) for name, value in zip(_LIMITS, numbers, strict=True)}
        body = _in_old_words(answer.body) if self.knows_old_words_only else answer.body
        return DoubleAnswer(answer.status, body, headers)

    def _refusal(self, request: DoubleRequest) -> DoubleAnswer | None:
        unknown = "post.fields" if self.knows_old_words_only else "tweet.fields"
        if request.first(unknown) is not None:
            known_field = "tweet.fields" if self.knows_old_words_only else "post.fields"
            message = (
                f"The query parameter [{unknown}] is not one of [expansions,id,max_results,{known_field},user.fields]"
            )
            return problem(400, "Invalid Request", errors=[{"parameters": {unknown: []}, "message": message}])
        if self.forgets_tokens and request.first("pagination_token"):
            message = "The `pagination_token` query parameter value is not valid"
            return problem(400, "Invalid Request", errors=[{"message": message}])
        if self.credits is not None and self.credits <= 0:
            return problem(402, "CreditsDepleted", type="https://api.twitter.com/2/problems/credits")
        return None

    def _me(self, request: DoubleRequest) -> DoubleAnswer:
        return DoubleAnswer(200, {"data": self._view_of(self.people[OWNER_ID], request.first("user.fields"))})

    def _users(self, request: DoubleRequest) -> DoubleAnswer:
        ids = (request.first("ids") or "").split(",")
        if len(ids) > 100:
            return problem(400, "Invalid Request")
        known_ids = [user_id for user_id in ids if user_id in self.people and user_id not in self.suspended]
        self._bill("user", known_ids)
        data = [self._view_of(self.people[user_id], request.first("user.fields")) for user_id in known_ids]
        errors = [
            absent(user_id, is_suspended=user_id in self.suspended) for user_id in ids if user_id not in known_ids
        ]
        return DoubleAnswer(200, ({"data": data} if data else {}) | ({"errors": errors} if errors else {}))

    def _people_in(self, person_ids: Sequence[str]) -> Handler:
        kind = "follower" if person_ids is self.followers else "following"

        def answer(request: DoubleRequest, user_id: str) -> DoubleAnswer:
            ids, meta = self._page(request, person_ids)
            self._bill(kind, ids)
            data = [self._view_of(self.people[each], request.first("user.fields")) for each in ids]
            return DoubleAnswer(200, {"data": data, "meta": meta} if data else {"meta": meta})

        return answer

    def _posts_in(self, kind: str, entries: Sequence[Mapping[str, Any]]) -> Handler:
        def answer(request: DoubleRequest, user_id: str) -> DoubleAnswer:
            matches = list(_between(request, entries[: _POSTS_BACK[kind]]))
            posts, meta = self._page(request, matches)
            self._bill("post" if kind == "tweets" else "mention", [post["id"] for post in posts])
            fields = request.first("post.fields") or request.first("tweet.fields") or ""
            data = [self._view_of(post, f"{fields},{_expansions(request)}") for post in posts]
            # `since_id` and `until_id` give no list where there is nothing.
            body: dict[str, Any] = {"meta": meta} | ({"data": data, "includes": self._includes(posts)} if posts else {})
            return DoubleAnswer(200, body)

        return answer

    def _create(self, request: DoubleRequest) -> DoubleAnswer:
        text = str(request.json.get("text", ""))
        shown_text = as_shown(text)
        if any(post["text"] == shown_text for post in self.posts):
            return problem(403, "Forbidden", detail="You are not allowed to create a Post with duplicate content.")
        if len(text) > _LONGEST_POST:
            return problem(403, "Forbidden", detail="Your Post text is too long.")
        newest = max((int(post["id"]) for post in (*self.posts, *self.mentions)), default=1_820_000_000_000_000_000)
        self.posts.insert(0, post(str(newest + 1), OWNER_ID, shown_text, self.clock()))
        self._bill("written_post" if shown_text == text else "written_post_with_link", [str(newest + 1)])
        return DoubleAnswer(201, {"data": {"id": str(newest + 1), "text": shown_text}})

    def _page(self, request: DoubleRequest, items: Sequence[Any]) -> tuple[Sequence[Any], dict[str, Any]]:
        token = request.first("pagination_token")
        begins, size = int(token[-12:]) if token else 0, min(int(request.first("max_results") or 100), self.page_size)
        ends = begins + size
        meta: dict[str, Any] = {"result_count": len(items[begins:ends])}
        if ends < len(items) or self.repeats_token:
            meta["next_token"] = f"page{0 if self.repeats_token else ends:012}"
        return items[begins:ends], meta

    def _bill(self, kind: str, ids: Iterable[str]) -> None:
        """X counts a thing once a day."""
        today = self.clock().date().isoformat()
        new = {(today, kind, each) for each in ids} - self._paid_today
        self._paid_today |= new
        self.billed[kind] = self.billed.get(kind, 0) + len(new)
        if self.credits is not None:
            self.credits -= len(new)

    def _includes(self, posts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        ids = {post.get(name) for post in posts for name in ("author_id", "in_reply_to_user_id")}
        return {"users": [self.people[each] for each in sorted(filter(None, ids)) if each in self.people]}

    def _view_of(self, entry: Mapping[str, Any], fields: str | None) -> dict[str, Any]:
        new = {old: name for name, old in _OLD_WORDS.items()}
        names = {*_ALWAYS, *(new.get(name, name) for name in (fields or "").split(","))}
        return {name: value for name, value in entry.items() if name in names}


_LIMITS = ("limit", "remaining", "reset")


def _between(request: DoubleRequest, entries: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    since, until, start = (request.first(name) for name in ("since_id", "until_id", "start_time"))
    return (
        each
        for each in entries
        if (since is None or int(each["id"]) > int(since))
        and (until is None or int(each["id"]) < int(until))
        and (start is None or str(each["created_at"]) >= start)
    )


def _expansions(request: DoubleRequest) -> str:
    return (request.first("expansions") or "").replace("referenced_tweets.id", "referenced_posts")


def _in_old_words(body: Any) -> bytes:
    text = orjson.dumps(body).decode()
    for new, old in _OLD_WORDS.items():
        text = text.replace(f'"{new}":', f'"{old}":')
    return text.encode()
