"""A backup is put back at an odd moment: what it says yes to may have left since, and goes only with another yes.

Nor does any of it go to somebody a second time, whatever they say yes to.
"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from onelane.server.cli.backups.backup import write_backup
from tests.worlds.invariants.letters import no_text_reaches_somebody_twice, nothing_is_sent_twice
from tests.worlds.places import quick_place
from tests.worlds.weather import CALM
from tests.worlds.world import World

_BUSY = replace(CALM, people=8, haste=3, delay_hours=4, silent=200.0)


def test_nothing_leaves_after_a_restore_unless_its_person_says_so_again() -> None:
    with TemporaryDirectory(dir=quick_place()) as folder:
        world = World(3, Path(folder), weather=_BUSY)
        world.run(world.began + timedelta(minutes=41))
        backup = Path(folder) / "backup.zip"
        write_backup(world.database, world.product.settings, backup, None)
        approved_count = _approved(world)
        world.run(world.clock() + timedelta(hours=2))
        left_before, restored_at = len(world.outside.arrived), world.clock()
        world.lives.put_back(backup)
        world.person.start_all("person/start")
        world.run(world.clock() + timedelta(hours=4))
        yeses = {yes.action_id for yes in world.yeses.messages if yes.at >= restored_at}
        later = world.outside.arrived[left_before:]
        assert approved_count
        assert left_before, "they have left before"
        assert [each.action_id for each in later if each.action_id not in yeses] == []
        for template_id in (world.person.spring_id, world.person.autumn_id):
            world.person.approve_version(f"person/{template_id}", template_id)
        world.run(world.clock() + timedelta(hours=4))
        view = world.view()
        assert [*nothing_is_sent_twice(view), *no_text_reaches_somebody_twice(view)] == []
        world.close()


def _approved(world: World) -> int:
    return len(world.view().rows("SELECT id FROM outbound_actions WHERE status = 'approved' AND transport <> 'task'"))
