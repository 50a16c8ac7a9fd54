"""What the other tests start by fork is the command as a shell starts it."""

import signal
import subprocess
from pathlib import Path

from tests.acceptance.processes import Home, begun, onelane


def test_a_forked_command_says_and_ends_like_one_from_nothing(tmp_path: Path) -> None:
    home, typed = Home(tmp_path / "home"), ["contacts", "shw"]
    forked = home.run(*typed)
    from_nothing = subprocess.run(
        [*onelane(), *typed],
        env=home.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (forked.returncode, forked.stdout, forked.stderr) == (2, from_nothing.stdout, from_nothing.stderr)
    assert from_nothing.returncode == 2


def test_a_forked_command_is_a_process_of_its_own_that_a_kill_ends(tmp_path: Path) -> None:
    process = begun(["mcp"], env=Home(tmp_path / "home").environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    with process:
        assert process.poll() is None
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
