"""The protocol's own judges, made by others: the conformance suite and the inspector's command line."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Revision = Literal["2026-07-28", "2025-11-25"]

TIME_LIMIT_S = 180


@dataclass(frozen=True)
class ProtocolTools:
    """How to run both.

    Attributes:
        suite: the beginning of the conformance suite's command line
        inspector: the beginning of the inspector's
        work: a folder for what they write; it is their home too
    """

    suite: list[str]
    inspector: list[str]
    work: Path

    def judge(self, address: str, revision: Revision, *, expected_failures: Path | None = None) -> "Verdict":
        """Run every scenario that a revision of the protocol requires against a server.

        Args:
            address: the server's, without `/mcp`
            revision: the set of requirements
            expected_failures: a baseline; a failure beside it, and an entry that passes, are both faults
        """
        baseline = [] if expected_failures is None else ["--expected-failures", str(expected_failures)]
        results = self.work / f"results-{revision}"
        arguments = ["server", "--url", f"{address}/mcp", "--requirements", revision, "--output-dir", str(results)]
        done = self.run(*self.suite, *arguments, *baseline, env={})
        return Verdict(done.returncode, done.stdout.partition("=== SUMMARY ===")[2] or done.stdout + done.stderr)

    def inspect(self, *arguments: str, env: Mapping[str, str]) -> "Inspection":
        """Run the inspector's command line, which answers in JSON.

        Args:
            arguments: the server's address or command, then the inspector's own options
            env: what a server that it starts needs beside PATH and HOME
        """
        handed_on = [part for name, value in env.items() for part in ("-e", f"{name}={value}")]
        # A server that starts beside other tests takes longer than the inspector waits by itself.
        patience = ("--connect-timeout", str(TIME_LIMIT_S * 1000))
        done = self.run(*self.inspector, "--cli", *handed_on, *arguments, *patience, "--format", "json", env=env)
        return Inspection(done.returncode, done.stdout, done.stderr)

    def run(self, *command: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.work,
            env={"PATH": os.environ["PATH"], "HOME": str(self.work), **env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT_S,
            check=False,
        )


@dataclass(frozen=True)
class Verdict:
    """What the conformance suite came to.

    Attributes:
        exit_code: 0 when all that is required passed, and with a baseline nothing else failed or passed
        summary: its closing lines
    """

    exit_code: int
    summary: str

    @property
    def conforms(self) -> bool:
        # An exit code alone would also be 0 if nothing had run.
        return self.exit_code == 0 and " passed" in self.summary


@dataclass(frozen=True)
class Inspection:
    """What the inspector printed. Exit codes: 0 fine, 5 the tool failed, 6 a schema that not every client can read."""

    exit_code: int
    output: str
    complaints: str

    @property
    def result(self) -> dict[str, Any]:
        """The server's answer, as JSON."""
        assert self.exit_code == 0, f"exit code {self.exit_code}\n{self.output}{self.complaints}"
        result: dict[str, Any] = json.loads(self.output)["result"]
        return result
