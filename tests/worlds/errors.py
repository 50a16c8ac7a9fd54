"""What the product complains of in its log as an error: in a world each is a violation, for nobody expected it."""

import logging


class Errors(logging.Handler):
    """Keeps each error of the product's log."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._kept: list[str] = []

    def begin(self) -> None:
        """Listen."""
        logging.getLogger("onelane").addHandler(self)

    def end(self) -> None:
        """Listen no more."""
        logging.getLogger("onelane").removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep an error."""
        self._kept.append(logging.Formatter("an error was logged: %(name)s: %(message)s").format(record))

    def taken(self) -> list[str]:
        """What was kept, which is forgotten then."""
        kept, self._kept = self._kept, []
        return kept
