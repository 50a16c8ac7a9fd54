"""Asks Gmail's API who wrote to whom and when, and sends (docs/platforms.md, "Gmail's mail")."""

from base64 import urlsafe_b64encode
from collections.abc import Sequence

from onelane.tools.platforms.formats.json_values import JsonObject, object_of, objects_of, text_of
from onelane.tools.platforms.formats.records import Json
from onelane.tools.platforms.google.gmail_answers import (
    GmailHistory,
    GmailMail,
    GmailProfile,
    ListedMails,
    read_history,
    read_list,
    read_mail,
    read_profile,
)
from onelane.tools.platforms.online.answer_objects import object_answer
from onelane.tools.platforms.online.http_client import PlatformClient

METADATA_HEADERS = (
    "From", "To", "Cc", "Bcc", "Date", "Message-ID", "In-Reply-To", "References", "List-Unsubscribe", "List-Id",
    "Precedence", "Auto-Submitted", "Content-Type", "X-Failed-Recipients",
)  # fmt: skip
"""What tells who wrote to whom, and what answers a letter of ours. Never the subject."""
_USER = "/gmail/v1/users/me"


class GmailClient:
    """The mailbox of one Google account.

    Args:
        client: asks Gmail's API as this account
    """

    def __init__(self, client: PlatformClient) -> None:
        self._client = client

    def profile(self) -> GmailProfile:
        """Whose mailbox it is, and how far its history has come.

        Raises:
            PlatformFailure: see tools/platforms/online/failures.py
        """
        return read_profile(object_answer(self._client.get("gmail.profile", f"{_USER}/profile")))

    def messages(
        self, *, page_token: str = "", labels: Sequence[str] = (), query: str = "", max_results: int = 500
    ) -> ListedMails:
        """A page of the list of mails, newest first, without spam and trash.

        Args:
            page_token: of the page before; empty for the first one
            labels: only mails that have all of these
            query: as in Gmail's search field; a sign-in for metadata may not say one
            max_results: at most so many, up to 500

        Raises:
            PlatformFailure: see tools/platforms/online/failures.py
        """
        texts = {name: text for name, text in (("pageToken", page_token), ("q", query)) if text}
        params = [("maxResults", max_results), *texts.items(), *(("labelIds", label) for label in labels)]
        answer = self._client.get("gmail.messages", f"{_USER}/messages", params)
        return read_list(object_answer(answer, "messages"))

    def message(self, mail_id: str, headers: Sequence[str] = METADATA_HEADERS) -> GmailMail:
        """A mail without its text.

        Args:
            mail_id: what Gmail calls it
            headers: those to be told

        Raises:
            NothingThere: it is gone
            PlatformFailure: see tools/platforms/online/failures.py
        """
        params = [("format", "metadata"), *(("metadataHeaders", name) for name in headers)]
        return read_mail(object_answer(self._client.get("gmail.message", f"{_USER}/messages/{mail_id}", params)))

    def history(self, start: str, *, page_token: str = "", max_results: int | None = 500) -> GmailHistory:
        """The mails that came after a place in the history.

        Args:
            start: the place, as a profile or an earlier page told it
            page_token: of the page before; empty for the first one
            max_results: at most so many changes, up to 500

        Raises:
            CursorExpired: Gmail no longer knows the place
            PlatformFailure: see tools/platforms/online/failures.py
        """
        params: dict[str, str | int] = {"startHistoryId": start, "historyTypes": "messageAdded"}
        if max_results is not None:
            params["maxResults"] = max_results
        if page_token:
            params["pageToken"] = page_token
        answer = self._client.get("gmail.history", f"{_USER}/history", params)
        return read_history(object_answer(answer, "history"))

    def send(self, content: bytes, *, thread_id: str = "") -> GmailMail:
        """Send a mail.

        Args:
            content: the mail, whole
            thread_id: the thread that it answers; empty where it begins one

        Raises:
            PlatformFailure: see tools/platforms/online/failures.py
        """
        return read_mail(self._post("gmail.send", "/messages/send", _raw(content, thread_id)))

    def create_draft(self, content: bytes, *, thread_id: str = "") -> str:
        """Put a mail among the drafts, and say what Gmail calls the draft.

        Args:
            content: the mail, whole
            thread_id: the thread that it answers; empty where it begins one

        Raises:
            PlatformFailure: see tools/platforms/online/failures.py
        """
        return text_of(self._post("gmail.drafts", "/drafts", {"message": _raw(content, thread_id)}), "id")

    def drafts(self, *, max_results: int = 100) -> list[str]:
        """What Gmail calls the newest drafts.

        Args:
            max_results: at most so many

        Raises:
            PlatformFailure: see tools/platforms/online/failures.py
        """
        body = object_answer(self._client.get("gmail.drafts", f"{_USER}/drafts", {"maxResults": max_results}))
        return [text_of(each, "id") for each in objects_of(body, "drafts")]

    def draft(self, draft_id: str) -> GmailMail:
        """A draft's mail without its text.

        Args:
            draft_id: what Gmail calls the draft

        Raises:
            NothingThere: it is gone
            PlatformFailure: see tools/platforms/online/failures.py
        """
        answer = self._client.get("gmail.drafts", f"{_USER}/drafts/{draft_id}", {"format": "metadata"})
        return read_mail(object_of(object_answer(answer), "message"))

    def send_draft(self, draft_id: str) -> GmailMail:
        """Send a draft as it stands.

        Args:
            draft_id: what Gmail calls it

        Raises:
            NothingThere: it is gone
            PlatformFailure: see tools/platforms/online/failures.py
        """
        return read_mail(self._post("gmail.send", "/drafts/send", {"id": draft_id}))

    def _post(self, endpoint: str, path: str, body: dict[str, Json]) -> JsonObject:
        return object_answer(self._client.post(endpoint, f"{_USER}{path}", body))


def _raw(content: bytes, thread_id: str) -> dict[str, Json]:
    thread: dict[str, Json] = {"threadId": thread_id} if thread_id else {}
    return {"raw": urlsafe_b64encode(content).decode(), **thread}
