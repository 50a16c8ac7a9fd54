"""The same files in another order, and some of them again: whether the same people come of it.

Two contacts that exist are never merged by an import, so that what one order merges another one asks about. People are
therefore compared once a person has answered what was asked. Rows of a whole household are left out: an address without
a name stands with whichever of them came first.
"""

import random
import shutil
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from onelane.storage.database.engine import Database
from onelane.storage.schema import ensure_schema
from tests.worlds.who_is_who.exports import Exports, Mark
from tests.worlds.who_is_who.measure import answered_contacts, import_all

People = frozenset[frozenset[Mark]]


@dataclass(frozen=True)
class Permutations:
    """Imports into databases of their own.

    Args:
        folder: where databases are made
        exports: the files
    """

    folder: Path
    exports: Exports

    def prepare(self) -> None:
        """Make the database that all begin with."""
        database = Database(f"sqlite:///{self.folder / 'empty.db'}")
        ensure_schema(database)
        database.close()

    def of(self, seed: int) -> People:
        """Who there is after the imports of this seed; 0 stands for the files as they are."""
        choose = random.Random(seed)
        files = self.exports.files
        if seed:
            files = [*choose.sample(files, len(files)), *choose.choices(files, k=choose.randrange(3))]
        return self._taken(files)

    def _taken(self, files: Sequence[tuple[str, Path]]) -> People:
        place = self.folder / "taken"
        place.mkdir()
        shutil.copy(self.folder / "empty.db", place / "onelane.db")
        database = Database(f"sqlite:///{place / 'onelane.db'}")
        try:
            import_all(database, files)
            contacts = answered_contacts(database, self.exports.rows)
        finally:
            database.close()
            shutil.rmtree(place)
        found: dict[str, set[Mark]] = defaultdict(set)
        for row in self.exports.rows:
            if len(row.people) == 1:
                found[contacts[row.mark]].add(row.mark)
        return frozenset(map(frozenset, found.values()))
