"""What a person sees while a command waits for a run."""

import pytest

from onelane.server.cli.run_progress import RunProgress

FULL = "Waits, and goes on by itself: The disk is full."


def test_what_holds_a_run_up_is_said_once_and_again_when_it_comes_back(capsys: pytest.CaptureFixture[str]) -> None:
    shown: list[int] = []
    progress = RunProgress(lambda label, done, total: shown.append(done))
    for done, reason, status in [
        (1, None, "running"),
        (2, FULL, "running"),
        (2, FULL, "pending"),
        (3, None, "running"),
        (3, FULL, "running"),
        (4, "It needs you.", "paused"),
    ]:
        row = {"status": status, "status_reason": reason, "waits_until": None}
        progress({**row, "processed_items": done, "total_items": 4})
    assert shown == [1, 2, 2, 3, 3, 4]
    # Why it is paused is said with the run, once one has stopped waiting for it.
    assert capsys.readouterr().err.splitlines() == [FULL, FULL]
