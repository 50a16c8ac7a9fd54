"""The look for known vulnerabilities: it fails where one is known, and steps aside where nobody can be asked."""

import json
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROBLEM = {
    "id": "OSV-2026-1",
    "summary": "A problem.",
    "aliases": [],
    "published": "2026-01-01T00:00:00Z",
    "modified": "2026-01-01T00:00:00Z",
    "affected": [
        {
            "package": {"name": "orjson", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "9000"}]}],
        }
    ],
}


class Database(BaseHTTPRequestHandler):
    """A database of vulnerabilities that knows one of orjson."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps({"vulns": [PROBLEM]} if asked["package"]["name"] == "orjson" else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        """Say nothing."""


@pytest.fixture
def database_url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Database) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1/query"
        server.shutdown()
        thread.join()


def audit(url: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "tests.audit", "--osv-url", url]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_a_known_vulnerability_fails_the_checks(database_url: str) -> None:
    code, said = audit(database_url)
    assert code == 1
    assert said.startswith("orjson ")
    assert said.endswith(": OSV-2026-1, mended in 9000.\n")


def test_without_a_network_the_audit_steps_aside_with_a_sentence() -> None:
    code, said = audit("http://127.0.0.1:9/v1/query")
    assert (code, said.count("\n")) == (0, 1)
    assert "can't be reached" in said


def test_every_dependency_says_where_its_range_ends() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras, groups = project["project"]["optional-dependencies"], project["dependency-groups"]
    lists = [
        project["build-system"]["requires"],
        project["project"]["dependencies"],
        *extras.values(),
        *groups.values(),
    ]
    asked = [each for each in chain(*lists) if "<" not in each.split(";")[0]]
    assert asked == []
