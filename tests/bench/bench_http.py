"""How quick REST is: requests a second, and how long one takes, at 2,000 runs and at 100,000 runs with 1,000,000 steps.

    python -m tests.bench.bench_http                       both sizes, in about five minutes
    python -m tests.bench.bench_http --only list,post      these requests only
    python -m tests.bench.bench_http --sizes small         2,000 runs only
    python -m tests.bench.bench_http --start               only how soon `onelane serve` answers, and what it takes up

Requests a second need `wrk` (apt-get install wrk). It starts `onelane serve` itself on databases that it seeds, prints
medians over the repeats and asserts nothing: machines are noisy. `calibration` is the time of a fixed loop in Python,
taken before each measurement; on a quiet machine it is the same everywhere. `cpu` is what the server's process used for
one request.
"""

import argparse
import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.bench.figures import Figure, tell
from tests.bench.seed_database import seed

CONNECTIONS = (1, 16)
SIZES = {"tiny": (30, 100), "small": (2_000, 50_000), "large": (100_000, 1_000_000)}
"""Runs and steps."""
TICKS = os.sysconf("SC_CLK_TCK")

REPORT = """
done = function(summary, latency, requests)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write
    + summary.errors.status + summary.errors.timeout
  io.write(string.format('\\nREPORT {"requests": %d, "seconds": %f, "p50": %f, "p95": %f, "failed": %d}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, failed))
end
"""
POST_TEMPLATE = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local number = 0
request = function()
  number = number + 1
  return wrk.format(nil, nil, nil, '{"name": "Measured ' .. number .. '", "templateType": "outreach", '
    .. '"platform": "x", "config": "{\\\\"dailyLimit\\\\": 20}"}')
end
"""


@dataclass(frozen=True)
class Request:
    """What is asked again and again."""

    name: str
    path: str
    script: str = ""


@dataclass(frozen=True)
class Server:
    """A running `onelane serve`."""

    process: "subprocess.Popen[str]"
    url: str

    @property
    def cpu_s(self) -> float:
        """Seconds of processor that it has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    @property
    def resident_mb(self) -> float:
        """Memory that it takes up."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def get(self, path: str) -> bytes:
        """One answer."""
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:
            body: bytes = answer.read()
            return body


@dataclass(frozen=True)
class Measured:
    """What one measurement found."""

    rate: float
    p50_ms: float
    p95_ms: float
    cpu_ms: float
    calibration_s: float
    failed: int


def main(typed: Sequence[str] | None = None) -> list[Figure]:
    """Measure what the command line asks for."""
    options = parsed(typed)
    figures = start(options.repeats)
    if options.start:
        return tell(figures)
    with tempfile.TemporaryDirectory() as folder:
        for size in options.sizes.split(","):
            home = Path(folder) / size
            home.mkdir()
            runs, steps = SIZES[size]
            seed(home / "onelane.db", runs=runs, steps=steps)
            if shutil.which("wrk") is None:
                print("requests a second are left out, for wrk is not installed: apt-get install wrk")
            else:
                with serving(home) as server:
                    compare(server, size, options)
            figures += list_beside_floor(home, runs, options.requests)
    return tell(figures)


def list_beside_floor(home: Path, runs: int, times: int) -> list[Figure]:
    """The first page of runs over one connection, beside the same rows from Starlette and sqlite3 alone.

    The page in the middle stands beside the first one: it should cost the same, however many runs there are.
    """
    first, middle = "/api/workflows", f"/api/workflows?page={max(1, runs // 50)}"
    with serving(home) as server, bare_server(home / "onelane.db") as bare:
        floor = one_connection_ms(bare, first, times)
        ours, in_the_middle = (one_connection_ms(server.url, path, times) for path in (first, middle))
    what = f"one connection, {runs:,} runs"
    return [
        Figure(f"GET /api/workflows, {what}", ours, "ms", floor, "Starlette and sqlite3 alone"),
        Figure(f"GET /api/workflows, the page in the middle, {what}", in_the_middle, "ms", ours, "the first page"),
    ]


@contextmanager
def bare_server(file: Path) -> Generator[str]:
    """The address of a server that does nothing else."""
    command = [sys.executable, "-m", "tests.bench.bare_http", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def one_connection_ms(url: str, path: str, times: int) -> float:
    """How long an answer takes at the median, one after the other."""
    taken: list[float] = []
    with closing(http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)) as connection:
        for _ in range(times):
            began = time.perf_counter()
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            taken.append((time.perf_counter() - began) * 1000)
            assert answer.status == 200
    return statistics.median(taken)


def parsed(typed: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="small,large")
    parser.add_argument("--only", default="", help="names of requests, separated by commas")
    parser.add_argument("--seconds", type=int, default=3, help="length of a measurement")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--requests", type=int, default=300, help="over one connection (300)")
    parser.add_argument("--start", action="store_true", help="only the start of the server")
    return parser.parse_args(typed)


def start(repeats: int) -> list[Figure]:
    """How soon the server answers, and what it takes up when it has nothing to do."""
    soon, memory, stopped = list[float](), list[float](), list[float]()
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            with serving(Path(folder), poll_s=0.005) as server:
                soon.append(time.perf_counter() - began)
                with suppress(subprocess.TimeoutExpired):
                    # Until it is idle: the protocol's face is put together after the first answer.
                    server.process.wait(timeout=3)
                memory.append(server.resident_mb)
                asked = time.perf_counter()
                server.process.terminate()
                server.process.wait()
                stopped.append(time.perf_counter() - asked)
    print(
        f"start: first 200 after {statistics.median(soon):.2f} s, idle at {statistics.median(memory):.0f} MB, "
        f"stops within {max(stopped):.2f} s"
    )
    return [
        Figure("onelane serve until its first answer", statistics.median(soon), "s"),
        Figure("onelane serve when idle", statistics.median(memory), "MB"),
    ]


def compare(server: Server, size: str, options: argparse.Namespace) -> None:
    total = json.loads(server.get("/api/workflows?pageSize=1"))["total"]
    print(f"\n{size}: {total} runs; req/s (lowest to highest), ms, load {os.getloadavg()[0]:.1f}")
    for request in requests(total):
        if options.only and request.name not in options.only.split(","):
            continue
        for connections in CONNECTIONS:
            wrk(server, request, connections, seconds=1)
            found = [measured(server, request, connections, options.seconds) for _ in range(options.repeats)]
            show(request, connections, found)


def requests(total: int) -> Sequence[Request]:
    last, middle = -(-total // 25), total // 50
    return [
        Request("list", "/api/workflows"),
        Request("list-status", "/api/workflows?status=completed"),
        Request("list-type", "/api/workflows?workflowType=sync"),
        Request("list-both", "/api/workflows?status=failed&workflowType=sync"),
        Request("list-template", "/api/workflows?templateId=tpl_000000000001"),
        Request("list-middle", f"/api/workflows?page={middle}"),
        Request("list-last", f"/api/workflows?page={last}"),
        Request("list-100", "/api/workflows?pageSize=100"),
        Request("run-500", "/api/workflows/run-500steps"),
        Request("run-10k", "/api/workflows/run-10ksteps"),
        Request("templates", "/api/workflows/templates"),
        Request("post", "/api/workflows/templates", POST_TEMPLATE),
    ]


def measured(server: Server, request: Request, connections: int, seconds: int) -> Measured:
    calibration_s = calibration()
    before = server.cpu_s
    report = wrk(server, request, connections, seconds=seconds)
    return Measured(
        rate=report["requests"] / report["seconds"],
        p50_ms=report["p50"],
        p95_ms=report["p95"],
        cpu_ms=(server.cpu_s - before) * 1000 / max(1.0, report["requests"]),
        calibration_s=calibration_s,
        failed=int(report["failed"]),
    )


def show(request: Request, connections: int, found: Sequence[Measured]) -> None:
    rates = [each.rate for each in found]
    print(
        f"{request.name:14s} {connections:2d} clients {statistics.median(rates):8.0f} req/s "
        f"({min(rates):.0f} to {max(rates):.0f})  "
        f"p50 {statistics.median(each.p50_ms for each in found):6.2f}  "
        f"p95 {statistics.median(each.p95_ms for each in found):6.2f}  "
        f"cpu {statistics.median(each.cpu_ms for each in found):5.2f}  "
        f"calibration {statistics.median(each.calibration_s for each in found):.3f}  "
        f"failed {sum(each.failed for each in found)}",
        flush=True,
    )


def calibration() -> float:
    began = time.perf_counter()
    total = 0
    for number in range(1_000_000):
        total += number & 7
    return time.perf_counter() - began


def wrk(server: Server, request: Request, connections: int, *, seconds: int) -> dict[str, float]:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(request.script + REPORT)
        script.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", script.name]
        done = subprocess.run([*command, server.url + request.path], capture_output=True, text=True, check=True)
    report: dict[str, float] = json.loads(done.stdout.split("REPORT ")[1].splitlines()[0])
    return report


@contextmanager
def serving(home: Path, *, poll_s: float = 0.05) -> Generator[Server]:
    # The server as people have it: with what Python has compiled kept, and nothing of this shell's settings.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ONELANE_", "PYTHON"))}
    process = subprocess.Popen(
        [Path(sys.executable).with_name("onelane"), "serve", "--port", "0"],
        env=kept | {"ONELANE_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = next(word for word in process.stdout.readline().split() if word.startswith("http")).rstrip(":")
        server = Server(process, url)
        while True:
            try:
                server.get("/api/workflows")
                break
            except OSError:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=poll_s)
        yield server
    finally:
        process.terminate()
        # Waits, and closes what it printed into.
        process.communicate()


if __name__ == "__main__":
    main()
