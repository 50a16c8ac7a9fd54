"""Policies: which step may be carried out how on which platform; they are data, in policies.toml.

See docs/sequences.md, "Policies".
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from onelane.storage.platforms.accounts import Platform
from onelane.storage.workflows.templates import TemplateStepType

_FILE = Path(__file__).with_name("policies.toml")


class Mode(StrEnum):
    """Who carries a step out."""

    AUTO = "auto"
    TASK = "task"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class Policy:
    """How a step may be carried out on a platform, why, and where that was read."""

    platform: Platform
    step_type: TemplateStepType
    mode: Mode
    why: str
    source: str
    checked_on: date


@cache
def all_policies() -> tuple[Policy, ...]:
    """All of them."""
    table: dict[str, Any] = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return tuple(_policy(entry) for entry in table["policies"])


def mode_of(platform: Platform, step_type: TemplateStepType) -> Mode:
    """How a step may be carried out; what nothing is known of is forbidden."""
    return _modes().get((platform, step_type), Mode.FORBIDDEN)


@cache
def _modes() -> dict[tuple[Platform, TemplateStepType], Mode]:
    return {(each.platform, each.step_type): each.mode for each in all_policies()}


def _policy(entry: dict[str, Any]) -> Policy:
    return Policy(
        platform=Platform(entry["platform"]),
        step_type=TemplateStepType(entry["step_type"]),
        mode=Mode(entry["mode"]),
        why=entry["why"],
        source=entry["source"],
        checked_on=entry["checked_on"],
    )
