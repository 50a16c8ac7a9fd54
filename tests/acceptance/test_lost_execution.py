"""A process whose background work fails goes on once it can, and ends where only another process could do better."""

import json
import shlex
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.processes import WAIT_S, Home, onelane
from tests.acceptance.serving import free_port
from tests.proof import FULL
from tests.samples.linkedin import linkedin_connections

FILES, CLIENTS = 64, 100


@pytest.mark.skipif(not FULL, reason="takes a minute and a half; make proof does it")
def test_a_process_whose_duty_keeps_failing_ends_with_exit_code_1(tmp_path: Path) -> None:
    port = free_port()
    commands = {"worker": ["worker"], "serve": ["serve", "--port", str(port)], "mcp": ["mcp"]}
    with ExitStack() as stack:
        processes = {name: begun(stack, tmp_path / name, command) for name, command in commands.items()}
        health = until_health(port, processes["serve"], "failing")
        assert health["execution"]["reason"].startswith("dispatch: IsADirectoryError")
        for name, process in processes.items():
            assert process.wait(WAIT_S) == 1, name
            assert process.stderr is not None
            assert "dispatch has failed 10 times in a row: IsADirectoryError" in process.stderr.read()


def begun(stack: ExitStack, home: Path, command: Sequence[str]) -> "subprocess.Popen[str]":
    """A process that can never become the one that executes: where its lock should be is a folder."""
    (home / "onelane.lock").mkdir(parents=True)
    process = subprocess.Popen(
        [*onelane(), *command],
        env=Home(home).environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    stack.enter_context(process)
    stack.callback(process.kill)
    return process


@pytest.mark.skipif(sys.platform == "win32", reason="there is no ulimit")
def test_a_server_that_was_short_of_files_at_its_start_carries_out_runs_afterwards(tmp_path: Path) -> None:
    home, port = Home(tmp_path / "home", settings={"ONELANE_IMPORT_DIRS": str(tmp_path)}), free_port()
    linkedin_connections(tmp_path / "Connections.csv", 10)
    command = shlex.join([*onelane(), "serve", "--port", str(port)])
    limited = ["sh", "-c", f"ulimit -n {FILES}; exec {command}"]
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(limited, env=home.environment, stdout=subprocess.PIPE, stderr=log) as process,
    ):
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith(b"Onelane serves")
            with ExitStack() as stack:
                for _ in range(CLIENTS):
                    stack.enter_context(socket.create_connection(("127.0.0.1", port), WAIT_S)).send(b"GET / HTTP/1.1\r")
            run = posted(port, process, {"subType": "linkedin_contacts", "file": "Connections.csv"})
            until_completed(port, process, run["id"])
            until_health(port, process, "works")
        finally:
            process.kill()


def posted(port: int, process: "subprocess.Popen[Any]", body: dict[str, str]) -> dict[str, Any]:
    """The run that was started, once the server takes requests again."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/workflows/sync", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    return until(request, process, lambda answer: "id" in answer)


def until_completed(port: int, process: "subprocess.Popen[Any]", run_id: str) -> None:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/workflows/{run_id}")
    until(request, process, lambda answer: answer.get("status") == "completed")


def until_health(port: int, process: "subprocess.Popen[Any]", state: str) -> dict[str, Any]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/healthz")
    return until(request, process, lambda answer: answer.get("execution", {}).get("state") == state)


def until(
    request: urllib.request.Request, process: "subprocess.Popen[Any]", is_so: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """What the server answers as soon as it is so."""
    answer: dict[str, Any] = {}
    for _ in range(WAIT_S * 5):
        try:
            with urllib.request.urlopen(request, timeout=WAIT_S) as said:
                answer = json.load(said)
        except urllib.error.HTTPError as error:
            answer = json.load(error)
        except OSError as error:
            answer = {"nothing": str(error)}
        if is_so(answer):
            return answer
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.2)
            break
    raise AssertionError(answer)
