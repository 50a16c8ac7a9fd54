"""X's API: the few calls that are needed, in its new words and, where it wants them, in its old ones."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from onelane.tools.platforms.formats.json_values import JsonObject, object_of
from onelane.tools.platforms.formats.records import Json, excerpt
from onelane.tools.platforms.online.failures import PersonMustAct, UnknownParameter, UnreadableAnswer
from onelane.tools.platforms.online.http_client import PlatformClient
from onelane.tools.platforms.x.answers import XPage, XPost, XUser, count_of, made_id, page_of, post_of, user_of
from onelane.tools.platforms.x.vocabulary import PERSON, POST, FieldChoice

Thing = TypeVar("Thing")

MOST_PEOPLE, MOST_POSTS, MOST_IDS = 1000, 100, 100
"""What one request may ask for."""
FEWEST_POSTS = 5


class WordMemory(Protocol):
    """Remembers of an account whether X wants the old words of it."""

    @property
    def wants_old(self) -> bool:
        """Whether it does."""
        ...

    def keep_old(self) -> None:
        """It does from now on."""
        ...


class XClient:
    """Asks X as one account.

    Args:
        client: the HTTP client
        words: which words X wants of the account
    """

    def __init__(self, client: PlatformClient, words: WordMemory) -> None:
        self._client = client
        self._words = words

    def me(self, fields: FieldChoice = PERSON) -> XUser:
        """Whose account it is.

        Raises:
            PlatformFailure: see tools/platforms/online/failures.py
        """
        body = self._get("me", "/2/users/me", {}, fields)
        users = page_of(body, user_of).items
        if not users:
            raise UnreadableAnswer("X does not say whose account this is. Try again later.", raw="")
        return users[0]

    def users(self, ids: Sequence[str], fields: FieldChoice = PERSON) -> XPage[XUser]:
        """Look people up by id, at most a hundred; who is gone is among the faults."""
        return page_of(self._get("users", "/2/users", {"ids": ",".join(ids)}, fields), user_of)

    def followers(
        self, user_id: str, *, size: int = MOST_PEOPLE, token: str | None = None, fields: FieldChoice = PERSON
    ) -> XPage[XUser]:
        """One page of those who follow someone, the newest first."""
        return self._page("followers", f"/2/users/{user_id}/followers", size, token, {}, fields, user_of)

    def following(
        self, user_id: str, *, size: int = MOST_PEOPLE, token: str | None = None, fields: FieldChoice = PERSON
    ) -> XPage[XUser]:
        """One page of those whom someone follows, the newest first."""
        return self._page("following", f"/2/users/{user_id}/following", size, token, {}, fields, user_of)

    def tweets(
        self,
        user_id: str,
        *,
        size: int = MOST_POSTS,
        token: str | None = None,
        bounds: Mapping[str, str] | None = None,
        fields: FieldChoice = POST,
    ) -> XPage[XPost]:
        """One page of what someone posted, the newest first; X goes back 3,200 posts.

        Args:
            user_id: who
            size: at most so many, of 5 to 100
            token: where the page begins
            bounds: `since_id`, `until_id`, `start_time`
            fields: what of them
        """
        return self._page("tweets", f"/2/users/{user_id}/tweets", size, token, bounds or {}, fields, post_of)

    def mentions(
        self,
        user_id: str,
        *,
        size: int = MOST_POSTS,
        token: str | None = None,
        bounds: Mapping[str, str] | None = None,
        fields: FieldChoice = POST,
    ) -> XPage[XPost]:
        """One page of what others posted that names someone; X goes back 800 posts. See `tweets`."""
        return self._page("mentions", f"/2/users/{user_id}/mentions", size, token, bounds or {}, fields, post_of)

    def create_post(self, text: str) -> str:
        """Post a text, once; its id."""
        post_id = made_id(self._client.post("post", "/2/tweets", {"text": text}).body)
        if not (post_id.isascii() and post_id.isdecimal()):
            raise UnreadableAnswer(
                "X took the post and does not say its id. Look on x.com before trying again.", raw=""
            )
        return post_id

    def _page(
        self,
        endpoint: str,
        path: str,
        size: int,
        token: str | None,
        bounds: Mapping[str, str],
        fields: FieldChoice,
        read: Callable[[JsonObject], Thing | None],
    ) -> XPage[Thing]:
        params = {"max_results": str(size), **bounds} | ({"pagination_token": token} if token else {})
        body = self._get(endpoint, path, params, fields)
        page = page_of(body, read)
        if not page.items:
            _check_empty(page, _object(body))
        return page

    def _get(self, endpoint: str, path: str, params: Mapping[str, str], fields: FieldChoice) -> Json:
        """Ask in the words that X took last; where it does not know the new ones, in the old ones, from then on."""
        old = self._words.wants_old
        try:
            return self._client.get(endpoint, path, {**params, **fields.params(old=old)}).body
        except UnknownParameter:
            if old or not fields.has_two_vocabularies:
                raise
        body = self._client.get(endpoint, path, {**params, **fields.params(old=True)}).body
        self._words.keep_old()
        return body


def _check_empty(page: XPage[Thing], answer: JsonObject) -> None:
    """See that a list is empty because nobody is on it: of a whole pass over it, relations are taken away.

    Raises:
        PersonMustAct: X says why it does not show the list
        UnreadableAnswer: X does not say that the page is empty
    """
    if page.faults:
        raise PersonMustAct(f'X does not show this list. (X says: "{excerpt(page.faults[0].detail)}")')
    if page.next_token is None and count_of(object_of(answer, "meta"), "result_count") != 0:
        from onelane.tools.platforms.online.answers import unreadable

        raise unreadable("has no list, and does not say that the list is empty", answer)


def _object(body: Json) -> JsonObject:
    return body if isinstance(body, Mapping) else {}
