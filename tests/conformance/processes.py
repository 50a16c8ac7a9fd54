"""Servers as real processes on a free loopback port, ended with the test that started them."""

import os
import signal
import socket
import subprocess
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 10.0
LOOK_AGAIN_S = 0.05


@contextmanager
def serving(command: Sequence[str], *, port: int, log: Path, env: Mapping[str, str]) -> Generator[str]:
    """Run a server from the project folder until the block ends.

    Args:
        command: the program and its arguments, the port among them
        port: the loopback port that it will listen on
        log: the file that gets all that it writes
        env: its whole environment

    Returns:
        its address, `http://127.0.0.1:PORT`, once it accepts connections

    Raises:
        AssertionError: it ended, or did not listen in time; the message carries its log
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            wait_until_listening(process, port, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            stop(process)


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def clean_environment(home: Path) -> dict[str, str]:
    """Our own environment without what would lead a server or a tool to the person's data, settings or keys.

    Args:
        home: an empty folder to take for the person's home and, under it, for Onelane's
    """
    personal = ("ONELANE_", "ANTHROPIC_", "XDG_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(personal)}
    return kept | {"HOME": str(home), "ONELANE_HOME": str(home / "onelane")}


def wait_until_listening(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(int(START_TIMEOUT_S / LOOK_AGAIN_S)):
        if is_listening(port):
            return
        # It waits for the process and not for the clock: a server that ends early ends the waiting too.
        with suppress(subprocess.TimeoutExpired):
            raise AssertionError(f"the server ended with {process.wait(LOOK_AGAIN_S)}:\n{log.read_text()}")
    raise AssertionError(f"the server did not listen on {port} within {START_TIMEOUT_S} s:\n{log.read_text()}")


def is_listening(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
