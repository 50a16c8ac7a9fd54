"""Which yeses were used, kept beside the database: one that is put back from a copy brings none of them back."""

from pathlib import Path


class UsedYeses:
    """Ids of approvals that were used.

    Args:
        path: a file with one id a line; without it they are known to this process only
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._known: set[str] = set()

    def holds(self, approval_id: str) -> bool:
        """Whether this one was used, whatever the database says."""
        if approval_id in self._known:
            return True
        if self._path is None or not self._path.exists():
            return False
        return approval_id in self._path.read_text("utf-8").split()

    def add(self, approval_id: str) -> None:
        """Note that this one was used."""
        self._known.add(approval_id)
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{approval_id}\n")
