"""What Gmail has sent of late, as its API shows it to an account that may read heads of mails."""

from collections.abc import Iterator

from onelane.storage.platforms.accounts import Account
from onelane.tools.outreach.mail.letter import ACTION_HEADER
from onelane.tools.platforms.google.gmail_client import GmailClient
from onelane.tools.platforms.online.account_client import account_client
from onelane.tools.registry.context import Services

_MOST_LOOKED_AT = 100


class GmailSent:
    """The newest sent mails of an account, over a connection that is made when it is first needed.

    Args:
        services: the database, the vault, and where Gmail's API is
        account: whose mails
    """

    exists = True
    files_by_itself = False
    """The person may have deleted a copy, so that its absence proves nothing."""

    def __init__(self, services: Services, account: Account) -> None:
        self._client = account_client(services, account, services.online.settings.google_api_url)
        self._gmail = GmailClient(self._client)
        self._heads = self._newest()
        self._seen: dict[str, str] = {}

    def __enter__(self) -> "GmailSent":
        return self

    def __exit__(self, *failure: object) -> None:
        self._client.close()

    def find(self, action_id: str, message_id: str) -> str | None:
        """The Message-ID under which Gmail keeps an action's letter; None where it is not among the newest.

        Raises:
            PlatformFailure: Gmail can't be asked now, or the account may not read heads of mails
        """
        while action_id not in self._seen:
            head = next(self._heads, None)
            if head is None:
                return None
            self._seen.setdefault(head.get(ACTION_HEADER.lower(), ""), head.get("message-id", ""))
        return self._seen[action_id] or message_id

    def _newest(self) -> Iterator[dict[str, str]]:
        for mail_id in self._gmail.messages(labels=("SENT",), max_results=_MOST_LOOKED_AT).ids:
            yield self._gmail.message(mail_id, ("Message-ID", ACTION_HEADER)).values
