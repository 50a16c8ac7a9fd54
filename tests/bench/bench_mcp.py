"""How quick the protocol's face is, beside a bare server of the same SDK that is measured in the same minute.

    python -m tests.bench.bench_mcp              everything, in about a minute
    python -m tests.bench.bench_mcp --only calls cold-start | calls | help
    python -m tests.bench.bench_mcp --home DIR   on a home that already holds runs

It prints medians and ratios and asserts nothing: machines are noisy, so compare ratios. The clients use the standard
library only, so that what is measured is the server and not a client.
"""

import argparse
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from tests.bench.figures import Figure, tell
from tests.bench.seed_database import seed

REVISION = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": REVISION,
    "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
ONELANE = str(Path(sys.executable).with_name("onelane"))
BARE = [sys.executable, "-m", "tests.bench.bare_mcp"]
Environment = Mapping[str, str]
START_TIMEOUT_S = 30.0


def main(typed: Sequence[str] | None = None) -> list[Figure]:
    """Measure what the command line asks for."""
    options = parsed(typed)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        if options.home is None:
            # A list of nothing costs next to nothing.
            seed(Path(folder) / "onelane.db", runs=options.runs, steps=options.runs * 10)
        environment = os.environ | {"ONELANE_HOME": options.home or folder}
        for name in options.only or MEASUREMENTS:
            figures += MEASUREMENTS[name](options, environment)
    return tell(figures)


def parsed(typed: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(MEASUREMENTS), help="some measurements instead of all")
    parser.add_argument("--transports", nargs="+", choices=["stdio", "http"], default=["stdio", "http"])
    parser.add_argument("--rounds", type=int, default=9, help="starts of each process, and rounds of calls (9)")
    parser.add_argument("--calls", type=int, default=200, help="calls in a round (200)")
    parser.add_argument("--runs", type=int, default=2_000, help="runs in the home that is measured on (2000)")
    parser.add_argument("--home", help="data folder to measure on; one that is filled anew by default")
    return parser.parse_args(typed)


# --- measurements ---


def measure_cold_start(options: argparse.Namespace, environment: Environment) -> list[Figure]:
    """From the start of the process to its first list of tools, and on to its first call, the two taking turns."""
    ours, bare = Starts("onelane mcp"), Starts("bare server")
    for _ in range(options.rounds):
        ours.add([ONELANE, "mcp"], "list_runs", environment)
        bare.add([*BARE, "stdio"], "noop", environment)
    report("cold start to the first tools/list answer, stdio", ours.list, bare.list)
    report("its processor time", ours.cpu, bare.cpu)
    report("cold start to the answer of the first call", ours.call, bare.call)
    return [
        figure("onelane mcp until its first tools/list", ours.list, bare.list),
        figure("onelane mcp until its first tools/list, processor", ours.cpu, bare.cpu),
        figure("onelane mcp until its first call", ours.call, bare.call),
    ]


class Starts:
    """Starts of a server: until it has listed its tools, and until it has answered a call right behind that.

    Args:
        name: whose
    """

    def __init__(self, name: str) -> None:
        self.list, self.cpu, self.call = Sample(name), Sample(name), Sample(name)

    def add(self, command: Sequence[str], tool: str, environment: Environment) -> None:
        """Start it once more."""
        started = time.perf_counter()
        with over_stdio(command, environment) as client:
            client.ask("tools/list", {})
            self.list.add(since(started))
            self.cpu.add(cpu_ms(client.process))
            call(client, tool)
            self.call.add(since(started))


def cpu_ms(process: subprocess.Popen[bytes]) -> float:
    """Processor time that a process has used so far, by itself and in the system."""
    fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def measure_calls(options: argparse.Namespace, environment: Environment) -> list[Figure]:
    """`list_runs` against a tool that does nothing, both servers up, the two taking turns."""
    figures: list[Figure] = []
    if "stdio" in options.transports:
        with over_stdio([ONELANE, "mcp"], environment) as ours, over_stdio([*BARE, "stdio"], environment) as bare:
            figures += [tokens(ours), compare_calls("stdio", ours, bare, options)]
    if "http" in options.transports:
        with over_http(onelane_serve(environment)) as ours, over_http(bare_serve(environment)) as bare:
            figures.append(compare_calls("HTTP", ours, bare, options))
    return figures


def compare_calls(transport: str, ours: "Client", bare: "Client", options: argparse.Namespace) -> Figure:
    list_runs, noop = Sample("list_runs"), Sample("no-op, bare server")
    for turn in range(options.rounds + 1):
        for client, sample, tool in ((ours, list_runs, "list_runs"), (bare, noop, "noop")):
            times = [call(client, tool) for _ in range(options.calls)]
            if turn:  # the first round only warms up
                sample.extend(times)
    report(f"tools/call, {transport}, {len(noop.times_ms)} calls each", list_runs, noop)
    print(f"  list_runs takes {list_runs.median_ms - noop.median_ms:+.2f} ms more at the median")
    return figure(f"list_runs with 25 rows, {transport}", list_runs, noop)


def call(client: "Client", tool: str) -> float:
    started = time.perf_counter()
    answer = client.ask("tools/call", {"name": tool, "arguments": {}})
    took_ms = since(started)
    if answer.get("isError"):
        raise SystemExit(f"{tool} failed: {answer}")
    return took_ms


def tokens(client: "Client") -> Figure:
    """What the tools cost a model before it has done anything: bytes on the wire / 4."""
    tools: list[dict[str, Any]] = client.ask("tools/list", {})["tools"]
    sizes = {str(tool["name"]): len(compact(tool)) for tool in tools}
    print(f"\ntools/list: {len(tools)} tools, {len(compact(tools))} bytes, {len(compact(tools)) / 4:.0f} tokens")
    for name in sorted(sizes, key=lambda name: -sizes[name])[:5]:
        print(f"  {name:24} {sizes[name] / 4:6.0f} tokens")
    return Figure("tools/list", len(compact(tools)) / 4, "tokens")


def measure_help(options: argparse.Namespace, environment: Environment) -> list[Figure]:
    """The command's help, beside an interpreter that does nothing."""
    ours, bare = Sample("onelane --help"), Sample("python -c pass")
    for _ in range(options.rounds):
        ours.add(wall([ONELANE, "--help"], environment))
        bare.add(wall([sys.executable, "-c", "pass"], environment))
    report("wall time of a command", ours, bare)
    return [figure("onelane --help", ours, bare)]


def wall(command: Sequence[str], environment: Environment) -> float:
    started = time.perf_counter()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return since(started)


MEASUREMENTS: dict[str, Callable[[argparse.Namespace, Environment], list[Figure]]] = {
    "cold-start": measure_cold_start,
    "calls": measure_calls,
    "help": measure_help,
}


# --- numbers ---


class Sample:
    """Times of one thing, in milliseconds."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.times_ms: list[float] = []

    def add(self, time_ms: float) -> None:
        self.times_ms.append(time_ms)

    def extend(self, times_ms: Sequence[float]) -> None:
        self.times_ms.extend(times_ms)

    @property
    def median_ms(self) -> float:
        return statistics.median(self.times_ms)

    def __str__(self) -> str:
        ordered = sorted(self.times_ms)
        late = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
        return f"{self.name:24} p50 {self.median_ms:8.2f} ms   p95 {late:8.2f} ms   best {ordered[0]:8.2f} ms"


def report(title: str, ours: Sample, bare: Sample) -> None:
    print(f"\n{title}\n  {ours}\n  {bare}\n  ratio of the medians: {ours.median_ms / bare.median_ms:.2f}", flush=True)


def figure(work: str, ours: Sample, bare: Sample) -> Figure:
    return Figure(work, ours.median_ms, "ms", bare.median_ms, bare.name)


def since(started: float) -> float:
    return (time.perf_counter() - started) * 1000


def compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


# --- servers and clients ---


Running = AbstractContextManager[tuple[subprocess.Popen[bytes], int]]
"""A server that is up, by its process and its port."""


class Client(Protocol):
    """Something that can be asked."""

    def ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]: ...


class StdioClient:
    """JSON-RPC, a line each way."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.asked = 0

    def ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.asked += 1
        self.process.stdin.write(request(self.asked, method, params) + b"\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            message = json.loads(line)
            if message.get("id") == self.asked:
                return result(message)
        raise SystemExit(f"the server ended during {method}")


class HttpClient:
    """JSON-RPC over one connection that is kept open."""

    def __init__(self, connection: http.client.HTTPConnection) -> None:
        self.connection = connection
        self.asked = 0

    def ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self.asked += 1
        headers = {
            "content-type": "application/json",
            "accept": "application/json, text/event-stream",
            "mcp-protocol-version": REVISION,
            "mcp-method": method,
        }
        if "name" in params:
            headers["mcp-name"] = params["name"]
        self.connection.request("POST", "/mcp", request(self.asked, method, params), headers)
        return result(answered(self.connection.getresponse(), self.asked))


def answered(response: http.client.HTTPResponse, asked: int) -> dict[str, Any]:
    body = response.read()
    if response.getheader("content-type", "").startswith("application/json"):
        message: dict[str, Any] = json.loads(body)
        return message
    events = (line.removeprefix(b"data:") for line in body.splitlines() if line.startswith(b"data: "))
    return next(message for message in map(json.loads, events) if message.get("id") == asked)


def request(number: int, method: str, params: dict[str, Any]) -> bytes:
    return compact({"jsonrpc": "2.0", "id": number, "method": method, "params": {**params, "_meta": META}})


def result(message: dict[str, Any]) -> dict[str, Any]:
    if "error" in message:
        raise SystemExit(f"the server refused: {message['error']}")
    answer: dict[str, Any] = message["result"]
    return answer


@contextmanager
def over_stdio(command: Sequence[str], environment: Environment) -> Generator[StdioClient]:
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=-1
    )
    with process:
        try:
            yield StdioClient(process)
        finally:
            process.kill()


@contextmanager
def over_http(server: Running) -> Generator[HttpClient]:
    with server as (_, port), closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        yield HttpClient(connection)


def onelane_serve(environment: Environment) -> Running:
    port = free_port()
    return serving([ONELANE, "serve", "--port", str(port)], port, healthy, environment)


def bare_serve(environment: Environment) -> Running:
    port = free_port()
    return serving([*BARE, "http", str(port)], port, listens, environment)


@contextmanager
def serving(
    command: Sequence[str], port: int, is_ready: Callable[[int], bool], environment: Environment
) -> Generator[tuple[subprocess.Popen[bytes], int]]:
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.perf_counter() + START_TIMEOUT_S
        while not is_ready(port):
            if time.perf_counter() > deadline:
                raise SystemExit(f"not ready within {START_TIMEOUT_S} s: {' '.join(command)}")
            with suppress(subprocess.TimeoutExpired):
                raise SystemExit(f"ended with {process.wait(0.005)}: {' '.join(command)}")
        yield process, port
    finally:
        process.terminate()
        process.wait(10)


def healthy(port: int) -> bool:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection, suppress(OSError):
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    return False


def listens(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
