"""Each planted fault can still be planted: its text stands once where it says, and what comes of it is Python."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.worlds.planted.fault import DoesNotApply, Edit, Fault, read_faults

FAULTS = read_faults()


def test_each_planted_fault_applies_once_and_what_comes_of_it_compiles(project: Path) -> None:
    for planted in FAULTS:
        for file, text in planted.patched(project).items():
            assert text != (project / file).read_text(encoding="utf-8")
            compile(text, file, "exec")


def test_a_planted_fault_uses_no_name_that_is_not_there(project: Path, tmp_path: Path) -> None:
    for number, planted in enumerate(FAULTS):
        for place, text in enumerate(planted.patched(project).values()):
            (tmp_path / f"fault_{number}_{place}.py").write_text(text, encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F821", str(tmp_path)]
    checked = subprocess.run(ruff, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_a_planted_fault_whose_text_has_changed_says_so(project: Path) -> None:
    edit = Edit(file="storage/schema.py", before="this text is not there", after="")
    with pytest.raises(DoesNotApply, match="0 times"):
        Fault(name="gone", seen_by=(), edit=(edit,)).patched(project)


def test_thirty_different_faults_are_planted() -> None:
    assert len({planted.name for planted in FAULTS}) == len(FAULTS) >= 30
