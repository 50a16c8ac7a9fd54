"""What is known of yeses beside the database: one that is put back from a copy brings none of them back."""

from pathlib import Path


class UsedYeses:
    """Ids of approvals that were used, and the highest number of a change of them that was seen.

    Args:
        path: a file with an id or a number a line; without it they are known to this process only
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._known_ids: set[str] = set()

    def holds(self, approval_id: str) -> bool:
        """Whether this one was used, whatever the database says."""
        return approval_id in self._words()

    def add(self, approval_id: str) -> None:
        """Note that this one was used."""
        self._note(approval_id)

    @property
    def last_change(self) -> int:
        """The highest number that was seen; a database that knows none so high is an older copy."""
        return max((int(word) for word in self._words() if word.isdecimal()), default=0)

    def saw(self, number: int) -> None:
        """Note the number of a change."""
        if number > self.last_change:
            self._note(str(number))

    def _words(self) -> set[str]:
        if self._path is None or not self._path.exists():
            return self._known_ids
        return self._known_ids.union(self._path.read_text("utf-8").split())

    def _note(self, word: str) -> None:
        self._known_ids.add(word)
        if self._path is not None:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{word}\n")
