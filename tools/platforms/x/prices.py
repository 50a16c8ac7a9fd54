"""What X charges for what is read and written; the prices are data (prices.toml)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

from onelane.storage.platforms.spending import MICRO

Resource = Literal["follower", "following", "post", "mention", "user", "written_post", "written_post_with_link"]
"""What is paid for, a word of prices.toml."""

_FILE = Path(__file__).with_name("prices.toml")


@dataclass(frozen=True, slots=True)
class Prices:
    """X's prices for one account.

    Args:
        date: of the price list
        micro_usd: of each thing, in millionths of a dollar
    """

    date: str
    micro_usd: Mapping[Resource, int]


@cache
def x_prices(*, is_owned: bool) -> Prices:
    """The prices for an account that owns the developer app, or for one that does not."""
    table: dict[str, Any] = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return Prices(table["date"], {name: _micro(entry, is_owned=is_owned) for name, entry in table["prices"].items()})


def in_micro_usd(usd: float) -> int:
    """An amount that somebody has written in dollars, rounded down."""
    return int(Decimal(repr(usd)) * MICRO)


def _micro(entry: Mapping[str, str], *, is_owned: bool) -> int:
    return int(Decimal(entry["owned"] if is_owned and "owned" in entry else entry["usd"]) * MICRO)
