"""Page tokens that were given in a sync: one that comes again would be followed for ever."""

from onelane.tools.sync.online.read_pages import GoesInCircles


class PageTokens:
    """The tokens that a list has given since its sync began or was taken up again.

    Args:
        platform: whose list it is, for people
    """

    def __init__(self, platform: str) -> None:
        self._platform = platform
        self._given: set[str] = set()

    def gave(self, token: str) -> bool:
        """Whether a token was given."""
        return token in self._given

    def check(self, token: str) -> None:
        """Note the token of a next page; empty where there is none.

        Raises:
            GoesInCircles: it was given before
        """
        if token in self._given:
            raise GoesInCircles(
                f"{self._platform} gave the same page twice, so that the list would never end. Start again: the next "
                "sync reads it from its beginning."
            )
        if token:
            self._given.add(token)
