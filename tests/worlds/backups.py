"""The backups of a world: taken at whatever moment comes, and put back later; what was done since is forgotten."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from onelane.server.cli.backups.backup import BackupFacts, write_backup
from tests.worlds.chance import Chance
from tests.worlds.clock import WorldClock
from tests.worlds.faults.crashes import Crash
from tests.worlds.lives import Lives
from tests.worlds.yeses import Restored, Said, Yeses

_TAKES = timedelta(seconds=1)
"""So long a backup takes, and a restore: what comes behind it has another instant."""
_WAITS = timedelta(minutes=3)
"""So long a backup that was begun waits for a moment at which something is under way."""
_CHANGED_ITS_MIND = 0.2


class Backups:
    """Takes backups of a world's home, keeps the latest, and puts it back.

    Args:
        folder: where they are kept
        lives: the lives of the product
        clock: the world's
        chance: the world's
        yeses: remembers what is put back
        happened: told of each thing
    """

    def __init__(
        self,
        folder: Path,
        lives: Lives,
        clock: WorldClock,
        chance: Chance,
        yeses: Yeses,
        happened: Callable[[str, str], None],
    ) -> None:
        self._folder = folder
        self._lives = lives
        self._clock = clock
        self._chance = chance
        self._yeses = yeses
        self._happened = happened
        self._begun, self._begun_at = "", clock()
        self._kept: tuple[Path, datetime] | None = None

    def begin(self, key: str) -> None:
        """Let a backup be taken at the next moment at which something is under way, or after a while."""
        self._begun, self._begun_at = key, self._clock()

    def take_in_time(self) -> None:
        """Take the backup that has waited long enough; nothing is under way."""
        if self._clock() - self._begun_at >= _WAITS:
            self.take("nothing is under way")

    def take(self, moment: str) -> None:
        """Take the backup that was begun, if there is one.

        Args:
            moment: what is under way meanwhile
        """
        key, self._begun = self._begun, ""
        if not key:
            return
        file = self._folder / f"{key.replace('/', '-')}.zip"
        product = self._lives.onelane
        write_backup(product.database, product.settings, file, None)
        if self._kept is not None:
            self._kept[0].unlink()
        self._kept = file, self._clock()
        self._clock.pass_by(_TAKES)
        self._happened(f"{key}/taken", f"a backup is taken while {moment}")

    def put_back(self, key: str) -> bool:
        """Put the latest backup in the place of what is there; whether that was done."""
        if self._kept is None:
            return False
        file, backed_at = self._kept
        self._clock.pass_by(_TAKES)
        is_cut_off = self._chance.of(f"{key}/mind").random() < _CHANGED_ITS_MIND
        try:
            self._lives.put_back(file, _ends if is_cut_off else _agrees)
        except Crash:
            self._lives.open()
            self._happened(key, "the process ends before a backup is put back")
            return False
        self._yeses.restores.append(Restored(self._clock(), backed_at))
        self._yeses.switches.append(Said(self._clock(), "outbound", "stopped"))
        self._clock.pass_by(_TAKES)
        self._happened(key, f"the backup of {backed_at:%Y-%m-%d %H:%M:%S} is put back")
        return True


def _agrees(facts: BackupFacts, contents: str) -> None:
    """The person says yes to what they are told."""


def _ends(facts: BackupFacts, contents: str) -> None:
    """The process ends before they have answered."""
    raise Crash
