"""Where a page of a list of runs begins: what its cursor says."""

import math

from onelane.storage.database.rows import PlainRow
from onelane.storage.workflows.run_reading.run_orders import Place, RunOrder
from onelane.tools.registry.errors import BadRequest

_INSTANT_DIGITS, _NUMBER_DIGITS = 12, 32


def place_of(cursor: str) -> tuple[int, str]:
    """Where a page of the newest runs begins.

    Raises:
        BadRequest: the cursor is not from such a list
    """
    created_at, _, run_id = cursor.partition(".")
    if not created_at.isdecimal() or len(created_at) > _INSTANT_DIGITS or not run_id:
        raise BadRequest("That cursor is not from a list of runs. Leave it out to begin at the newest run.")
    return int(created_at), run_id


def place_in(order: RunOrder, cursor: str) -> Place:
    """Where a page of a list in an order begins.

    Raises:
        BadRequest: the cursor is not from such a list
    """
    if order.is_by_creation:
        return place_of(cursor)
    value, _, run_id = cursor.rpartition(".")
    try:
        number = float(value) if value else None
    except ValueError:
        number = math.nan
    if not run_id or len(value) > _NUMBER_DIGITS or (number is not None and not math.isfinite(number)):
        raise BadRequest("That cursor is not from a list in this order. Leave it out to begin with the first run.")
    return number, run_id


def cursor_in(order: RunOrder, run: PlainRow) -> str:
    """What says that a page begins behind this run."""
    value, run_id = order.place_of(run)
    return f"{'' if value is None else value}.{run_id}"
