"""The lives of the product in a world: it is opened, ends at some commit, and is opened again."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from onelane.server.app import Onelane
from onelane.server.cli.backups.backup import BackupFacts
from onelane.server.cli.backups.restoring import restore_backup
from onelane.server.engine.recovery import recover
from tests.worlds.chance import Chance
from tests.worlds.faults.bad_disk import BadDisk
from tests.worlds.faults.crashes import Crash, CrashPoints, Disk
from tests.worlds.person.door import RestDoor
from tests.worlds.product import OpenProduct, Plug
from tests.worlds.ticks import Ticker


class Lives:
    """Opens the product again and again.

    Args:
        plug: what it is plugged into
        home: its home
        url: its database, where that is no file of the home
        chance: draws when it ends
        commits: after about so many commits a life ends; 0 for never
        power_cuts: how many of all ends are power cuts
        on_fault: told of each end
    """

    def __init__(
        self,
        plug: Plug,
        home: Path,
        url: str | None,
        chance: Chance,
        *,
        commits: int,
        power_cuts: float,
        on_fault: Callable[[str, str], None],
    ) -> None:
        self._plug = plug
        self._home = home
        self._url = url
        self._chance = chance
        self._commits = commits
        self._power_cuts = power_cuts
        self._on_fault = on_fault
        self._loop = asyncio.new_event_loop()
        self.disk = Disk(home / "onelane.db", chance)
        self.bad_disk = BadDisk(on_fault)
        self._life = 0
        self._points: CrashPoints | None = None
        self._product: OpenProduct | None = None
        self.is_mortal = False
        """Whether it may end by itself."""

    @property
    def onelane(self) -> Onelane:
        """The product as it is open now."""
        assert self._product is not None, "it is not open"
        return self._product.onelane

    def open(self) -> None:
        """Open it; where it ends while it begins, once more."""
        while True:
            self._life += 1
            try:
                self._product = self._plug.open(self._home, self._url, self._life, self._watch)
                self.ticker = Ticker(self._product, self._plug.clock, self._plug.poll)
                self.door = RestDoor(self._product.onelane, self._loop)
                self.ticker.tick()
            except Crash:
                self._bury(is_power_cut=None)
            else:
                return

    def end(self, *, is_power_cut: bool | None = None) -> None:
        """Let this life be over, and open it again.

        Args:
            is_power_cut: whether what was not synced may be lost; None where chance says so
        """
        self._bury(is_power_cut=is_power_cut)
        self.open()

    def put_back(self, backup: Path, agree: Callable[[BackupFacts, str], None] = lambda facts, here: None) -> None:
        """End this life, put a backup in the place of its database, and open it again.

        Args:
            backup: which
            agree: is asked before it is put in place
        """
        settings = self.onelane.settings
        self._bury(is_power_cut=False)
        restoration = restore_backup(settings, backup, now=self._plug.clock(), agree=agree, passphrase=None)
        if restoration.before is not None:
            restoration.before.unlink()
        self.open()

    def die(self) -> None:
        """End this life at once, in the middle of whatever it does; while it may not, nothing happens."""
        if self.is_mortal and self._points is not None:
            self._points.is_dead = True
            raise Crash

    def take_over(self) -> None:
        """Take up all that is executed, as another process does that has not heard of it for long."""
        assert self._product is not None
        with self._product.onelane.database.write() as session:
            recover(session, self._product.dispatcher, heard_before=session.now(), executing_ids=frozenset())

    def close(self) -> None:
        """Let go of it for good."""
        if self._points is not None:
            self._points.end()
        if self._product is not None:
            self._product.onelane.database.engine.dispose()
        self._loop.close()

    def _watch(self, onelane: Onelane) -> None:
        key = f"fault/crash/{self._life}"
        chance = self._chance.of(key)
        at = 1 + int(chance.expovariate(1 / self._commits)) if self._commits else 0
        if not self.is_mortal or not self._chance.happens(key):
            at = 0
        is_behind = chance.random() < 0.5
        words = f"ends {'behind' if is_behind else 'before'} commit {at}"
        self._living = onelane
        self._points = CrashPoints(
            onelane.database, at, is_behind=is_behind, on_crash=lambda: self._on_fault(key, words)
        )
        self._points.begin()
        if onelane.database.path is not None:
            self.disk.watch(onelane.database)
            self.bad_disk.watch(onelane.database)

    def _bury(self, *, is_power_cut: bool | None) -> None:
        key = f"fault/power/{self._life}"
        if is_power_cut is None:
            is_power_cut = self._chance.happens(key, self._power_cuts)
        if is_power_cut:
            self._on_fault(key, "the power is cut")
        if self._points is not None:
            self._points.end()
        database = self._living.database
        if database.path is None:
            database.engine.dispose()
        else:
            self.disk.crash(database, key, is_power_cut=is_power_cut)
