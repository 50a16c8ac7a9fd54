"""A mailbox that answers as Gmail's API does: lists, history, quota, sending and drafts."""

from base64 import urlsafe_b64decode
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from typing import Any

from onelane.server.cli.doubles.double_server import DoubleAnswer, DoubleRequest, Handler
from onelane.server.cli.doubles.google_errors import google_error

_BEFORE = "/gmail/v1/users/me"
_UNITS = {"profile": 1, "list": 5, "get": 20, "history": 2, "send": 100, "draft": 10}
"""What each call counts, for projects made since May 2026."""
_WINDOW = timedelta(minutes=1)
_HIDDEN = {"SPAM", "TRASH"}
_NOT_FOUND = google_error(404, "NOT_FOUND", "Requested entity was not found.", "notFound")


@dataclass
class Mailbox:
    """The mails, and in which order they came.

    Args:
        owner: the address
        now: the time of the mailbox
        units_a_minute: so much may be asked in a minute
        history_id: where the mailbox's history is
        page_size: at most so many mails on a page of the list, whatever is asked for
    """

    owner: str = "me@example.com"
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    units_a_minute: int = 6000
    history_id: int = 9000
    page_size: int = 500
    mails: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    drafts: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    sent: list[bytes] = field(default_factory=list[bytes])
    """The mails that were sent, as they came."""
    units: int = 0
    """What was counted in all."""
    oldest_history_id: int = 0
    """Whoever asks for what came after an older one is refused."""
    _added: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    _spent: deque[tuple[datetime, int]] = field(default_factory=deque[tuple[datetime, int]])
    _mail_count: int = 0

    @property
    def routes(self) -> dict[str, Handler]:
        """The addresses of Gmail's API."""
        return {
            f"GET {_BEFORE}/profile": self._count_units("profile", self._profile),
            f"GET {_BEFORE}/messages": self._count_units("list", self._list),
            f"GET {_BEFORE}/messages/{{mail_id}}": self._count_units("get", self._get),
            f"GET {_BEFORE}/history": self._count_units("history", self._history),
            f"POST {_BEFORE}/messages/send": self._count_units("send", self._send),
            f"POST {_BEFORE}/drafts": self._count_units("draft", self._create_draft),
            f"GET {_BEFORE}/drafts": self._count_units("draft", self._list_drafts),
            f"GET {_BEFORE}/drafts/{{draft_id}}": self._count_units("draft", self._get_draft),
            f"POST {_BEFORE}/drafts/send": self._count_units("send", self._send_draft),
        }

    def deliver(
        self,
        mail_id: str,
        headers: dict[str, str],
        *,
        labels: tuple[str, ...] = ("INBOX",),
        thread_id: str | None = None,
        at: datetime | None = None,
    ) -> str:
        """Put a mail into the mailbox.

        Args:
            mail_id: what Gmail calls it
            headers: of the mail
            labels: such as SENT
            thread_id: its thread; a new one where it is None
            at: when it came
        """
        self.history_id += 1
        self.mails[mail_id] = {
            "id": mail_id,
            "threadId": thread_id or mail_id,
            "labelIds": list(labels),
            "snippet": "This beginning of a text must never be kept",
            "historyId": str(self.history_id),
            "internalDate": str(int((at or self.now()).timestamp() * 1000)),
            "payload": {
                "partId": "",
                "mimeType": "text/plain",
                "headers": [{"name": name, "value": value} for name, value in headers.items()],
            },
        }
        self._added.append((self.history_id, mail_id))
        return mail_id

    def forget_history(self) -> None:
        """Keep nothing of what came until now, as Gmail does after some days."""
        self.oldest_history_id = self.history_id = self.history_id + 1

    def _count_units(self, kind: str, answer: Handler) -> Handler:
        def count(request: DoubleRequest, **parts: str) -> DoubleAnswer:
            now, units = self.now(), _UNITS[kind]
            while self._spent and self._spent[0][0] <= now - _WINDOW:
                self._spent.popleft()
            if sum(each for _, each in self._spent) + units > self.units_a_minute:
                return google_error(403, "PERMISSION_DENIED", "User Rate Limit Exceeded", "userRateLimitExceeded")
            self._spent.append((now, units))
            self.units += units
            return answer(request, **parts)

        return count

    def _profile(self, request: DoubleRequest) -> DoubleAnswer:
        threads = len({mail["threadId"] for mail in self.mails.values()})
        counts = {"messagesTotal": len(self.mails), "threadsTotal": threads}
        return DoubleAnswer(200, {"emailAddress": self.owner, **counts, "historyId": str(self.history_id)})

    def _list(self, request: DoubleRequest) -> DoubleAnswer:
        if request.first("q") is not None:
            return google_error(403, "PERMISSION_DENIED", "Metadata scope does not support 'q' parameter", "forbidden")
        labels = {value for name, value in request.query if name == "labelIds"}
        mails = [mail for mail in self.mails.values() if labels <= {*mail["labelIds"]} and not self._is_hidden(mail)]
        mails.sort(key=lambda mail: -int(mail["internalDate"]))
        start = int(request.first("pageToken") or 0)
        end = start + min(int(request.first("maxResults") or 100), self.page_size)
        entries = [{"id": mail["id"], "threadId": mail["threadId"]} for mail in mails[start:end]]
        return DoubleAnswer(
            200,
            {
                **({"messages": entries} if entries else {}),
                **({"nextPageToken": str(end)} if end < len(mails) else {}),
                "resultSizeEstimate": len(mails),
            },
        )

    def _is_hidden(self, mail: dict[str, Any]) -> bool:
        return not _HIDDEN.isdisjoint(mail["labelIds"])

    def _get(self, request: DoubleRequest, mail_id: str) -> DoubleAnswer:
        mail = self.mails.get(mail_id)
        if mail is None:
            return _NOT_FOUND
        header_names = {value.lower() for name, value in request.query if name == "metadataHeaders"}
        headers = [
            each for each in mail["payload"]["headers"] if each["name"].lower() in header_names or not header_names
        ]
        return DoubleAnswer(200, {**mail, "payload": {**mail["payload"], "headers": headers}})

    def _history(self, request: DoubleRequest) -> DoubleAnswer:
        start_id = request.first("startHistoryId") or ""
        if not start_id.isdigit():
            return google_error(400, "INVALID_ARGUMENT", "Invalid value for startHistoryId", "invalidArgument")
        if not self.oldest_history_id <= int(start_id) <= self.history_id:
            return _NOT_FOUND
        additions = [each for each in self._added if each[0] > int(start_id) and each[1] in self.mails]
        start = int(request.first("pageToken") or 0)
        end = start + int(request.first("maxResults") or 100)
        entries = [_history_entry(history_id, self.mails[mail_id]) for history_id, mail_id in additions[start:end]]
        return DoubleAnswer(
            200,
            {
                **({"history": entries} if entries else {}),
                **({"nextPageToken": str(end)} if end < len(additions) else {}),
                "historyId": str(self.history_id),
            },
        )

    def _send(self, request: DoubleRequest) -> DoubleAnswer:
        raw = urlsafe_b64decode(request.json["raw"] + "==")
        return DoubleAnswer(200, self._take(raw, ("SENT",), request.json.get("threadId")))

    def _create_draft(self, request: DoubleRequest) -> DoubleAnswer:
        message = request.json["message"]
        raw = urlsafe_b64decode(message["raw"] + "==")
        draft_id = f"r{len(self.drafts) + 101}"
        self.drafts[draft_id] = {"raw": raw, **self._take(raw, ("DRAFT",), message.get("threadId"))}
        message_view = {name: self.drafts[draft_id][name] for name in ("id", "threadId", "labelIds")}
        return DoubleAnswer(200, {"id": draft_id, "message": message_view})

    def _list_drafts(self, request: DoubleRequest) -> DoubleAnswer:
        entries = [{"id": each, "message": {"id": draft["id"]}} for each, draft in self.drafts.items()]
        return DoubleAnswer(200, {"drafts": entries[::-1], "resultSizeEstimate": len(entries)} if entries else {})

    def _get_draft(self, request: DoubleRequest, draft_id: str) -> DoubleAnswer:
        draft = self.drafts.get(draft_id)
        if draft is None:
            return _NOT_FOUND
        return DoubleAnswer(200, {"id": draft_id, "message": self.mails[draft["id"]]})

    def _send_draft(self, request: DoubleRequest) -> DoubleAnswer:
        draft = self.drafts.pop(request.json["id"], None)
        if draft is None:
            return _NOT_FOUND
        del self.mails[draft["id"]]
        return DoubleAnswer(200, self._take(draft["raw"], ("SENT",), draft["threadId"]))

    def _take(self, raw: bytes, labels: tuple[str, ...], thread_id: str | None) -> dict[str, Any]:
        if "SENT" in labels:
            self.sent.append(raw)
        self._mail_count += 1
        headers = {name: str(value) for name, value in message_from_bytes(raw).items()}
        mail_id = self.deliver(f"18f00000000a{self._mail_count:04x}", headers, labels=labels, thread_id=thread_id)
        return {name: self.mails[mail_id][name] for name in ("id", "threadId", "labelIds")}


def _history_entry(history_id: int, mail: dict[str, Any]) -> dict[str, Any]:
    ids = {"id": mail["id"], "threadId": mail["threadId"]}
    addition = {"message": {**ids, "labelIds": mail["labelIds"]}}
    return {"id": str(history_id), "messages": [ids], "messagesAdded": [addition]}
