"""The port to an account's sign-in: what a request carries so that the platform lets it in."""

from typing import Protocol


class Bearer(Protocol):
    """An account's access token, which may be replaced by a newer one while one works."""

    @property
    def account_id(self) -> str:
        """Which account signs in."""
        ...

    def token(self) -> str:
        """A token that is good by its own date.

        Raises:
            SignInAgain: the account must sign in anew
        """
        ...

    def renew(self, old_token: str) -> str:
        """Another token than the one that the platform has just refused.

        Raises:
            SignInAgain: there is none
        """
        ...
