"""What the person of a world does to runs of agents and syncs: they cancel what waits, and retry what failed."""

from random import Random
from typing import TYPE_CHECKING

import sqlalchemy as sa

from onelane.server.app import Onelane
from onelane.tools.registry.context import Caller, Face

if TYPE_CHECKING:
    from tests.worlds.person.person import Person

_RUNNING = sa.text(
    "SELECT id FROM workflow_runs WHERE status = 'running' AND workflow_type IN ('agent', 'sync') ORDER BY id"
)
_WISHES = (("paused", "cancel"), ("pending", "cancel"), ("failed", "retry"))


def cancel_or_retry(person: "Person", key: str, chance: Random) -> None:
    """Cancel a run that waits, or retry one that has failed."""
    status, action = chance.choice(_WISHES)
    kind = chance.choice(("agent", "sync"))
    for run in person.some("/api/workflows", chance, workflowType=kind, status=status):
        answered = person.door().post(f"/api/workflows/{run['id']}/{action}")
        person.happened(key, f"{action} run {run['id']}: {answered.status}")


def cancel_what_runs(product: Onelane) -> None:
    """Cancel what is at work at this instant, from a terminal."""
    with product.database.read() as session:
        running = session.sql(_RUNNING).scalars().all()
    for run_id in running:
        product.call("control_run", {"run_id": run_id, "action": "cancel"}, Caller(Face.CLI))
