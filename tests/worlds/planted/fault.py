"""A planted fault: a small patch that breaks one promise, and which invariants may see it first.

The faults stand in the `.toml` files beside this one, as data: a file, a text that stands in it once, and what stands
there with the fault.
"""

import tomllib
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from tests.worlds.planted.storms import USUAL_STORM

_HERE = Path(__file__).parent


class DoesNotApply(Exception):
    """A patch's text is not in its file just once: the product has changed, and the patch has to follow."""


class Edit(BaseModel):
    """A text of a file and what stands in its place; the file by its path from the root of the checkout."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    before: str
    after: str


class Fault(BaseModel):
    """A planted fault: its name says what is wrong; several edits where the same is guarded in several places."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    seen_by: tuple[str, ...]
    """The promises that it breaks, of which any will do: invariants, or `an error was logged`."""
    storm: str = USUAL_STORM
    """The kind of storm in which it shows soon."""
    edits: tuple[Edit, ...] = Field(alias="edit")

    def patched(self, root: Path) -> dict[str, str]:
        """The files with the fault in them; nothing is written.

        Raises:
            DoesNotApply: a text is not there just once
        """
        found: dict[str, str] = {}
        for edit in self.edits:
            text = found.get(edit.file) or (root / edit.file).read_text(encoding="utf-8")
            times = text.count(edit.before)
            if times != 1:
                raise DoesNotApply(f"{self.name}: {edit.file} has this text {times} times:\n{edit.before}")
            found[edit.file] = text.replace(edit.before, edit.after)
        return found


class _File(BaseModel):
    fault: list[Fault]


def read_faults() -> Sequence[Fault]:
    """All planted faults."""
    files = sorted(_HERE.glob("*.toml"))
    return [each for file in files for each in _File.model_validate(tomllib.loads(file.read_text("utf-8"))).fault]
