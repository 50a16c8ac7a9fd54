"""A world: the whole product, the world outside it and its person, in one process and from one seed.

    world = World(seed=7, directory=tmp_path)
    world.looks.append(nothing_is_sent_twice)      # asked after each event
    world.run(world.began + timedelta(days=30))
    world.crash()                                   # what was in memory is gone, and the product is opened again
    world.finish()                                  # nothing new happens, all that is due is done; looked at once more
    world.step_hash()                               # the same for the same seed

`World.database`, `outside`, `yeses`, `clock` and `view()` are what invariants read. A violation raises `WorldFailed`,
which names the seed and the last events. `without` leaves single events out, by their keys, and nothing else changes.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Literal

from onelane.server.app import Onelane
from onelane.server.cli.doubles.linkedin import MEMBER
from onelane.server.cli.doubles.x import OWNER_ID
from onelane.storage.database.engine import Database
from onelane.storage.platforms.accounts import Platform
from tests.online_accounts import keep_signed_in
from tests.worlds.backups import Backups
from tests.worlds.chance import Chance
from tests.worlds.clock import WorldClock
from tests.worlds.events import Agenda, Event
from tests.worlds.faults.bad_disk import FAULTS
from tests.worlds.faults.crashes import Crash
from tests.worlds.faults.errors import Errors
from tests.worlds.lives import Lives
from tests.worlds.mail.mailbox import Mailbox
from tests.worlds.mail.smtp_server import SmtpServer
from tests.worlds.model import WorldModel
from tests.worlds.online.platforms import Platforms
from tests.worlds.online.social import connect_account
from tests.worlds.online.web import WorldWeb
from tests.worlds.outside import LetterSeen, Outside
from tests.worlds.people.crowd import Crowd
from tests.worlds.people.strangers import stranger
from tests.worlds.person.person import Person
from tests.worlds.person.runs import cancel_what_runs
from tests.worlds.person.wishes import HOST, IMAP_PORT, SMTP_PORT
from tests.worlds.product import Plug
from tests.worlds.step_log import hash_of
from tests.worlds.view import Invariant, WorldView
from tests.worlds.weather import CALM, USUAL_WEATHER, Weather
from tests.worlds.wire import Exchange
from tests.worlds.yeses import Said, Yeses

Backend = Literal["sqlite", "postgresql"]
_EVENTS_TOLD = 30
_REQUESTS_A_CALL = 4
"""A run asks platforms about so many times as often as another one asks the model."""
_TAKEN_OVER = "another process takes the run over"
MEANWHILE = ("the process ends", _TAKEN_OVER, "the person cancels the run")


class WorldFailed(AssertionError):
    """Something is as it must never be.

    Args:
        seed: of which world
        violations: what is wrong, a sentence each
        events: what happened last
    """

    def __init__(self, seed: int, violations: Collection[str], events: Collection[Event]) -> None:
        self.seed = seed
        self.violations = tuple(violations)
        self.events = tuple(events)
        text = "\n".join(
            ["", *self.violations, "", "the last events:", *map(str, events), "", f"make world SEED={seed}"]
        )
        super().__init__(text)


@dataclass(frozen=True, slots=True)
class Measure:
    """How quickly a world went.

    Args:
        simulated_seconds: so much time passed in it
        wall_seconds: so much passed here
        cpu_seconds: so much of it this process was at work, which is all of it on a quiet machine
        events: so many things happened
        faults: so many of them were faults
    """

    simulated_seconds: float
    wall_seconds: float
    cpu_seconds: float
    events: int
    faults: int

    @property
    def rate(self) -> float:
        """How many times as fast as real time, on a core of its own."""
        return self.simulated_seconds / max(self.cpu_seconds, 1e-9)


class World:
    """One world.

    Args:
        seed: everything in it comes from that
        directory: where its home is; empty at first
        backend: the kind of database
        url: where a PostgreSQL is
        without: keys of events that do not happen
        weather: how hard it is
    """

    def __init__(
        self,
        seed: int,
        directory: Path,
        backend: Backend = "sqlite",
        *,
        url: str | None = None,
        without: Collection[str] = (),
        weather: Weather = USUAL_WEATHER,
    ) -> None:
        self.seed = seed
        self.backend: Backend = backend
        self.weather = weather
        self.chance = Chance(seed, without)
        self.clock = WorldClock()
        self.began = self.clock()
        self.outside = Outside()
        self.yeses = Yeses()
        self.events: list[Event] = []
        self.faults = 0
        self.agenda = Agenda()
        self.looks: list[Invariant] = []
        self.home = directory / "home"
        self.smtp = SmtpServer(
            self.chance, self.clock, self.outside, weather.smtp, self._on_kept, self.fault, self._while_letter_is_taken
        )
        self.mailbox = Mailbox(self.chance, self.clock, self.outside, weather.imap, self.fault)
        self.platforms = Platforms(
            self.chance,
            self.clock,
            self.outside,
            weather.platforms,
            self.fault,
            self._while_platform_answers,
        )
        self.web = WorldWeb(self.chance, self.clock, self.outside, weather.platforms, self.fault)
        self.crowd = Crowd(
            self.chance,
            self.clock,
            self.agenda,
            self.outside,
            self.mailbox,
            lambda method, token: self.lives.door.ask(method, f"/u/{token}", body=None).is_yes,
            self.happened,
            weather.silent,
        )
        self.lives = Lives(
            self._plugged(weather),
            self.home,
            url,
            self.chance,
            commits=weather.commits_a_crash,
            power_cuts=weather.power_cuts,
            on_fault=self.fault,
        )
        self.backups = Backups(directory, self.lives, self.clock, self.chance, self.yeses, self.happened)
        self.person = Person(
            self.chance,
            self.clock,
            self.agenda,
            self.outside,
            self.yeses,
            lambda: self.lives.door,
            self.home / "imports",
            self.backups,
            self.happened,
            weather.people,
            weather.haste,
            weather.often,
            weather.delay_hours,
        )
        self._wall_seconds = self._cpu_seconds = 0.0
        self._errors = Errors()
        self._begin()

    @property
    def product(self) -> Onelane:
        """Onelane as it is open now."""
        return self.lives.onelane

    @property
    def database(self) -> Database:
        """Onelane's database."""
        return self.product.database

    def view(self, *, is_over: bool = False) -> WorldView:
        """What invariants are given now."""
        return WorldView(
            self.seed, self.began, self.clock(), is_over, self.outside, self.yeses, self.events, self.product
        )

    def run(self, until: datetime) -> None:
        """Let everything happen until then.

        Raises:
            WorldFailed: something is as it must never be
        """
        began, worked = perf_counter(), process_time()
        try:
            while (at := self._next_at(until)) is not None:
                self.clock.jump(at)
                try:
                    self._step()
                except Crash:
                    self.lives.end()
                self.look()
            self.clock.jump(until)
        finally:
            self._wall_seconds += perf_counter() - began
            self._cpu_seconds += process_time() - worked

    def crash(self, *, is_power_cut: bool = False) -> None:
        """Lose what is in memory and keep what was committed; Onelane is opened again.

        Args:
            is_power_cut: whether what was not synced may be lost as well
        """
        self.lives.end(is_power_cut=is_power_cut)

    def finish(self, days: int = 30) -> None:
        """Let nothing new happen, and everything that is due be done; then look at the whole once more.

        Args:
            days: so long the person still says yes to whatever waits, and nothing goes wrong
        """
        self.crowd.is_quiet = self.person.is_quiet = True
        self.smtp.likely = self.mailbox.likely = self.platforms.likely = self.web.likely = 0
        self.weather = CALM
        self.lives.is_mortal = False
        self.lives.end(is_power_cut=False)
        for day in range(days):
            self.person.let_all_go_on(f"end/{day}")
            self.run(self.clock() + timedelta(days=1))
        self.look(is_over=True)

    def step_hash(self) -> str:
        """The hash of all that was recorded and seen so far; the same for the same seed."""
        return hash_of(self.database, self.outside, self.events)

    @property
    def measure(self) -> Measure:
        """How quickly it went so far."""
        passed = (self.clock() - self.began).total_seconds()
        return Measure(passed, self._wall_seconds, self._cpu_seconds, len(self.events), self.faults)

    def look(self, *, is_over: bool = False) -> None:
        """Ask all invariants.

        Raises:
            WorldFailed: something is as it must never be
        """
        violations = self._errors.taken()
        violations += [said for look in self.looks for said in look(self.view(is_over=is_over))]
        if violations:
            raise WorldFailed(self.seed, violations, self.events[-_EVENTS_TOLD:])

    def happened(self, key: str, words: str = "") -> None:
        """Note an event."""
        self.events.append(Event(self.clock(), key, words))

    def fault(self, key: str, words: str) -> None:
        """Note a fault that was drawn."""
        self.faults += 1
        self.happened(key, words)

    def close(self) -> None:
        """Let go of everything."""
        self._errors.end()
        self.lives.close()

    # --- how it goes on ---

    def _begin(self) -> None:
        (self.home / "imports").mkdir(parents=True, exist_ok=True)
        self._errors.begin()
        self.lives.open()
        for number in range(self.weather.people):
            self._put(number)
            if number % 4 == 0:
                self.platforms.social.meet(number)
        services = self.product.toolbox.services
        google_id = keep_signed_in(services, Platform.GMAIL, self.platforms.grant())
        self.person.set_up({"gmail_contacts": google_id, **self._sign_in()}, self.weather.agent_hours)
        self._plan_day(self.began)
        if self.weather.commits_a_crash:
            self.lives.is_mortal = True
            self.lives.end(is_power_cut=False)

    def _put(self, number: int, company: str | None = None) -> None:
        """Somebody stands in the person's address book, which vouches for their address."""
        self.platforms.put(number, company)
        self.yeses.wishes.append(Said(self.clock(), stranger(self.chance, number).address, "address book"))

    def _sign_in(self) -> dict[str, str]:
        """The person signs in at X and LinkedIn: what is synced, and of which account."""
        services = self.product.toolbox.services
        return {
            "x_contacts": connect_account(services, Platform.X, OWNER_ID),
            "linkedin_contacts": connect_account(services, Platform.LINKEDIN, MEMBER),
        }

    def _plan_day(self, day: datetime) -> None:
        midnight = day.replace(hour=0, minute=0, second=0)
        chance = self.chance.of(f"jobs/{day:%Y-%m-%d}")
        if chance.random() < 0.3:
            # Somebody works elsewhere from today on.
            self._put(chance.randrange(self.weather.people), f"Corp {chance.randrange(30)}")
        self.person.plan_day(midnight)
        self._plan_bad_disk(day)
        following = midnight + timedelta(days=1)
        self.agenda.plan(following, f"day/{following:%Y-%m-%d}", lambda: self._plan_day(following))
        self.platforms.social.change(self.chance.of(f"social/{day:%Y-%m-%d}"), self.weather.people)
        # Whatever a platform has refused: from the morning on it is signed in again.
        self._sign_in()

    def _plan_bad_disk(self, day: datetime) -> None:
        key = f"fault/disk/{day:%Y-%m-%d}"
        if self.backend == "sqlite" and self.chance.happens(key, self.weather.disk):
            chance = self.chance.of(f"{key}/kind")
            at = day + timedelta(seconds=chance.randrange(86_400))
            # A run that meets it waits half a second of ours, then a whole one.
            kind, number = chance.choice(FAULTS), chance.choice((1, 1, 2))
            self.agenda.plan(at, key, lambda: self.lives.bad_disk.fail(kind, number))

    def _next_at(self, until: datetime) -> datetime | None:
        """When something happens next; None when that is later."""
        coming, wakes = self.agenda.next_at, self.lives.ticker.next_at()
        at = wakes if coming is None else min(coming, wakes)
        return None if at > until else at

    def _step(self) -> None:
        taken = self.agenda.take(self.clock())
        if taken is not None:
            taken[1]()
        self.lives.ticker.tick()

    def _while_platform_answers(self, key: str, is_renewing: bool) -> None:
        # Whoever takes a run over waits for the lock under which its sign-in is renewed: for ever, in one thread.
        kinds = [each for each in MEANWHILE if not (is_renewing and each == _TAKEN_OVER)]
        self._meanwhile(key, "a platform answers", self.weather.meanwhile / _REQUESTS_A_CALL, kinds)

    def _meanwhile(self, key: str, what: str, likely: float, kinds: Sequence[str] = MEANWHILE) -> None:
        """While others work for a run: the process ends, another one takes its runs over, the person cancels one."""
        self.backups.take(what)
        if not self.chance.happens(key, likely):
            return
        kind = self.chance.of(f"{key}/kind").choice(kinds)
        self.fault(key, f"{kind} while {what}")
        if kind == "the process ends":
            self.lives.die()
        elif kind == "the person cancels the run":
            cancel_what_runs(self.product)
        else:
            self.clock.pass_by(timedelta(minutes=10))
            self.lives.take_over()

    def _while_letter_is_taken(self, key: str) -> None:
        """The server has a letter and has not said so: the process ends."""
        self.backups.take("a mail server takes a letter")
        if self.lives.is_mortal and self.chance.happens(key, self.weather.meanwhile / _REQUESTS_A_CALL):
            self.fault(key, "the process ends while a mail server takes a letter")
            self.lives.die()

    def _on_kept(self, letter: LetterSeen) -> None:
        self.crowd.take(letter)

    def _plugged(self, weather: Weather) -> Plug:
        exchange = Exchange(self.clock)
        exchange.servers[HOST, SMTP_PORT] = self.smtp.answer
        exchange.servers[HOST, IMAP_PORT] = self.mailbox.answer
        return Plug(
            self.chance,
            self.clock,
            exchange,
            self.platforms.connect,
            self.web,
            WorldModel(
                self.chance,
                self.clock,
                self.outside,
                weather.model,
                self.fault,
                lambda key: self._meanwhile(key, "the model thinks", self.weather.meanwhile),
            ),
            lambda seconds: self.clock.pass_by(timedelta(seconds=seconds)),
            self.weather.poll,
        )
