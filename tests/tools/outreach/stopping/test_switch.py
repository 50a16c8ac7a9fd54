"""The switch: anybody stops, only the person starts, and a database that is not what it was stops by itself."""

import errno
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.outreach import suppressions, template_versions
from onelane.storage.outreach.outbound import outbound_actions, outbound_switch
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.outreach.outbound.outbound_switch import SwitchReason, SwitchState
from onelane.storage.outreach.suppressions import SuppressionReason
from onelane.storage.platforms.accounts import Channel
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.enrollments import Via
from onelane.tools.outreach.stopping import switch as switch_tools
from onelane.tools.outreach.stopping.switch import SwitchView, start_outbound
from onelane.tools.outreach.stopping.watch import Watch
from onelane.tools.registry.context import Services
from onelane.tools.registry.gate.outbound_mark import Mark, MarkFile
from onelane.tools.registry.gate.vault import Vault
from tests.databases import Clock
from tests.toolbox import Toolbox, toolbox
from tests.tools.outreach.inbound.correspondence import Letterbox, letterbox

Standing = tuple[SwitchState, SwitchReason | None]
ON = (SwitchState.ON, None)


@dataclass
class Home:
    """A home on a database, in which something was sent and something waits."""

    box: Letterbox
    services: Services
    clock: Clock
    folder: Path

    @property
    def standing(self) -> Standing:
        """How the switch stands."""
        with self.box.database.read() as session:
            found = outbound_switch.read_switch(session)
            return found.state, found.reason

    def looks(self) -> Standing:
        """A process begins here and looks."""
        Watch(self.services).begin()
        return self.standing

    def starts(self) -> SwitchView:
        """The person starts everything again."""
        return start_outbound(self.services, via=Door.CLI)

    def suppresses(self, address: str | None) -> None:
        """An address is suppressed; None is one whose person was erased."""
        with self.box.database.write() as session:
            address_hash = self.services.vault.address_hash(address or "erased@example.com")
            suppressions.suppress(
                session,
                channel=Channel.EMAIL,
                address_hash=address_hash,
                address=address,
                reason=SuppressionReason.MANUAL if address else SuppressionReason.ERASED,
            )

    def with_key_of_another(self) -> "Home":
        """The same home, whose key was lost."""
        return replace(self, services=replace(self.services, vault=Vault.of_nobody()))

    def mark(self) -> str | None:
        """What the database knows of itself."""
        with self.box.database.read() as session:
            return outbound_switch.read_switch(session).mark


class FillingDisk(MarkFile):
    """A mark on a disk that has room for it, or not."""

    is_full = False

    def write(self, mark: Mark) -> None:
        """Write it where there is room."""
        if self.is_full:
            raise OSError(errno.ENOSPC, "No space left on device")
        super().write(mark)


def home_in(folder: Path, box: Letterbox, clock: Clock) -> Home:
    """A home in this folder, with its mark."""
    services = toolbox(box.database, switch_tools).services
    marked = replace(services, vault=box.vault, outbound_mark=MarkFile(folder / "outbound.mark"))
    return Home(box, marked, clock, folder)


@pytest.fixture
def home(database: Database, clock: Clock, tmp_path: Path) -> Home:
    return home_in(tmp_path, letterbox(database, Vault.of_nobody()), clock)


@pytest.fixture
def sqlite_home(sqlite_database: Database, clock: Clock, tmp_path: Path) -> Home:
    return home_in(tmp_path, letterbox(sqlite_database, Vault.of_nobody()), clock)


@pytest.fixture
def tools(home: Home) -> Toolbox:
    return replace(toolbox(home.box.database, switch_tools), services=home.services)


def test_anybody_stops_and_only_the_person_starts(home: Home, tools: Toolbox) -> None:
    stopped = tools.call(SwitchView, "stop_outbound", note="It looks wrong.")
    assert (stopped.state, stopped.reason, stopped.note) == ("stopped", "manual", "It looks wrong.")
    assert (stopped.waiting, stopped.approved, stopped.changed_via) == (0, 1, "mcp")
    assert "onelane outbound start" in stopped.text()
    assert {tool.name for tool in tools.registry} == {"stop_outbound", "outbound_status"}
    assert tools.call(SwitchView, "outbound_status") == stopped
    assert home.starts().state == "on"
    assert home.starts().changed_via == "cli"


def test_nothing_expires_while_it_is_stopped(home: Home, tools: Toolbox) -> None:
    with home.box.database.write() as session:
        waiting = outbound_actions.get_action(session, home.box.waiting_id)
        assert waiting is not None
        waiting.status, waiting.expires_at = ActionStatus.AWAITING_APPROVAL, session.now() + timedelta(hours=2)
        session.add(waiting)
        before = waiting.expires_at
    home.clock.advance(hours=1)
    tools.call(SwitchView, "stop_outbound")
    home.clock.advance(hours=5)
    tools.call(SwitchView, "stop_outbound", note="Still.")
    home.clock.advance(hours=5)
    assert home.starts().waiting == 1
    with home.box.database.read() as session:
        found = session.get(OutboundAction, home.box.waiting_id)
        assert found is not None
        assert found.expires_at == before + timedelta(hours=10)


def test_a_clock_that_went_back_stops_and_one_that_jumped_forward_does_not(home: Home) -> None:
    assert home.looks() == ON
    home.clock.advance(days=400)
    assert home.looks() == ON
    home.clock.advance(minutes=-4)
    assert home.looks() == ON
    home.clock.advance(minutes=-2)
    assert home.looks() == (SwitchState.STOPPED, SwitchReason.CLOCK_WENT_BACK)
    assert home.looks() == (SwitchState.STOPPED, SwitchReason.CLOCK_WENT_BACK)
    home.starts()
    assert home.looks() == ON


@pytest.mark.parametrize("reason", [SwitchReason.RESTORED_COPY, SwitchReason.CLOCK_WENT_BACK])
def test_a_database_that_is_put_back_from_a_copy_in_its_own_home_stops_and_holds_no_yes(
    home: Home, reason: SwitchReason
) -> None:
    assert home.looks() == ON
    copied = home.mark()
    with home.box.database.write() as session:
        sent = outbound_actions.get_action(session, home.box.action_id)
        assert sent is not None
        sent.status, sent.sending_at = ActionStatus.SENDING, session.now()
        template_id = sent.template_id or ""
        version = template_versions.freeze_version(
            session, template_id=template_id, name="Spring", config="{}", steps="[]", content_hash="hash"
        )
        template_versions.approve_version(session, version.id, content_hash="hash", via=Door.CLI)
    Watch(home.services).look()
    assert home.mark() != copied
    with home.box.database.write() as session:
        outbound_switch.set_mark(session, copied or "", before=home.mark(), seen_at=session.now())
        if reason is not SwitchReason.RESTORED_COPY:
            # It was stopped when it was copied.
            outbound_switch.turn_switch(session, SwitchState.STOPPED, via=Via.ONELANE, reason=reason)
    assert home.looks() == (SwitchState.STOPPED, reason)
    view = home.starts()
    assert (view.waiting, view.approved, view.sending, view.uncertain) == (1, 0, 0, 1)
    with home.box.database.read() as session:
        assert not template_versions.is_approved(session, template_id, None)
    assert home.looks() == ON


@pytest.mark.parametrize("beside", [None, "", "other..1790000000000"])
def test_a_database_in_a_home_that_is_not_its_own_stops(sqlite_home: Home, beside: str | None) -> None:
    home = sqlite_home
    assert home.looks() == ON
    file = home.folder / "outbound.mark"
    if beside is None:
        file.unlink()
    else:
        file.write_text(beside, encoding="utf-8")
    assert home.looks() == (SwitchState.STOPPED, SwitchReason.RESTORED_COPY)
    home.starts()
    assert home.looks() == ON


def test_a_crash_between_database_and_mark_is_no_copy(sqlite_home: Home) -> None:
    home = sqlite_home
    assert home.looks() == ON
    before = (home.folder / "outbound.mark").read_text("utf-8")
    home.clock.advance(seconds=40)
    assert home.looks() == ON
    (home.folder / "outbound.mark").write_text(before, encoding="utf-8")
    assert home.looks() == ON


def test_another_machine_joins_a_postgresql_that_is_in_use(
    postgresql_database: Database, clock: Clock, tmp_path: Path
) -> None:
    box = letterbox(postgresql_database, Vault.of_nobody())
    homes = [home_in(tmp_path / name, box, clock) for name in ("first", "second", "late")]
    assert (homes[0].looks(), homes[1].looks(), homes[0].looks()) == (ON, ON, ON)
    clock.advance(minutes=2)
    assert homes[2].looks() == (SwitchState.STOPPED, SwitchReason.RESTORED_COPY)


def test_another_key_stops_once_there_are_suppressions_and_known_addresses_are_hashed_anew(sqlite_home: Home) -> None:
    home = sqlite_home
    assert home.looks() == ON
    home = home.with_key_of_another()
    assert home.looks() == ON
    home.suppresses("grace@example.com")
    home.suppresses(None)
    assert home.looks() == ON
    other = home.with_key_of_another()
    assert other.looks() == (SwitchState.STOPPED, SwitchReason.KEY_CHANGED)
    assert other.starts().note == "1 suppressions of erased people can't be recognised with this key."
    assert other.looks() == ON
    with home.box.database.read() as session:
        hashes = {row.address: row.address_hash for row in suppressions.list_suppressions(session, limit=10)}
    assert hashes["grace@example.com"] == other.services.vault.address_hash("grace@example.com")


def test_another_key_is_known_before_any_mark_holds_it(sqlite_home: Home) -> None:
    assert sqlite_home.looks() == ON
    sqlite_home.suppresses("grace@example.com")
    other = sqlite_home.with_key_of_another()
    assert other.looks() == (SwitchState.STOPPED, SwitchReason.KEY_CHANGED)


def test_a_process_begins_stopped_where_the_person_says_so_and_only_once(sqlite_home: Home) -> None:
    watch = Watch(sqlite_home.services, begins_stopped=True)
    watch.begin()
    assert sqlite_home.standing == (SwitchState.STOPPED, SwitchReason.MANUAL)
    sqlite_home.starts()
    watch.begin()
    assert sqlite_home.standing == ON


def test_a_mark_that_a_full_disk_kept_away_is_missed_at_each_look_until_it_is_written(
    sqlite_home: Home, clock: Clock, tmp_path: Path
) -> None:
    disk = FillingDisk(tmp_path / "outbound.mark")
    watch = Watch(replace(sqlite_home.services, outbound_mark=disk))
    watch.begin()
    clock.advance(minutes=1)
    disk.is_full = True
    for _ in range(3):
        with pytest.raises(OSError, match="No space left"):
            watch.look()
    disk.is_full = False
    watch.look()
    assert (sqlite_home.standing, disk.read()) == (ON, f"{sqlite_home.mark()}\n")


def test_what_can_not_be_written_whole_leaves_what_was_there_and_nothing_beside_it(tmp_path: Path) -> None:
    place = tmp_path / "outbound.mark"
    place.mkdir()
    with pytest.raises(OSError, match="directory"):
        MarkFile(place).write(Mark.new("", datetime.now(UTC)))
    assert list(tmp_path.iterdir()) == [place]


def test_a_database_in_which_nothing_was_written_begins_anew_beside_an_old_mark(
    sqlite_database: Database, tmp_path: Path
) -> None:
    services = replace(
        toolbox(sqlite_database, switch_tools).services, outbound_mark=MarkFile(tmp_path / "outbound.mark")
    )
    services.outbound_mark.write(Mark.new("", sqlite_database.clock()))
    Watch(services).begin()
    with sqlite_database.read() as session:
        found = outbound_switch.read_switch(session)
        assert (found.state, found.mark) == (SwitchState.ON, (tmp_path / "outbound.mark").read_text("utf-8").strip())
