"""The image and what compose starts of it: checked by linters, and against the command and the settings themselves."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from onelane.server.http.guards import OPEN_PATHS
from onelane.server.settings import PORT, Settings
from tests.commands import Terminal
from tests.conftest import node_command

POSTGRESQLS_OWN = {"PGPASSWORD", "POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD"}


@pytest.fixture(scope="module")
def dockerfile(project: Path) -> str:
    return (project / "Dockerfile").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def services(project: Path) -> dict[str, dict[str, Any]]:
    """The services of compose, with what they share filled in."""
    return yaml.safe_load((project / "compose.yaml").read_text(encoding="utf-8"))["services"]


def test_the_linter_of_dockerfiles_finds_nothing(project: Path) -> None:
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if hadolint is None:
        pytest.skip("needs hadolint, whose wheel there is for Linux on x86-64")
    done = subprocess.run([hadolint, "Dockerfile"], cwd=project, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_compose_fits_its_schema_and_the_linter_finds_no_error(project: Path) -> None:
    linter = node_command("dclint/bin/dclint.cjs")
    done = subprocess.run(
        [*linter, "--quiet", "compose.yaml"], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_image_starts_a_server_that_does_not_listen_without_a_token(terminal: Terminal, dockerfile: str) -> None:
    assert written(dockerfile, "ENTRYPOINT") == ["onelane"]
    refused = terminal.type(*written(dockerfile, "CMD"))
    assert refused.code == 1
    assert "Set ONELANE_API_TOKEN" in refused.err


def test_a_command_of_compose_is_one_of_onelanes(terminal: Terminal, services: dict[str, dict[str, Any]]) -> None:
    commands = [service["command"] for service in services.values() if "command" in service]
    assert commands == [["worker"]]
    assert terminal.type(*commands[0], "--help").code == 0


def test_the_health_check_asks_what_answers_without_a_token(dockerfile: str) -> None:
    asked = re.search(r"http://127\.0\.0\.1:(?P<port>\d+)(?P<path>/\w+)", dockerfile)
    assert asked is not None
    assert (int(asked["port"]), asked["path"] in OPEN_PATHS) == (PORT, True)
    assert f"EXPOSE {PORT}\n" in dockerfile


def test_the_image_runs_as_nobody_special_and_keeps_its_data_in_a_volume(
    dockerfile: str, services: dict[str, dict[str, Any]]
) -> None:
    user = re.findall(r"^USER (\d+):\d+$", dockerfile, re.MULTILINE)
    assert user
    assert "0" not in user
    assert written(dockerfile, "VOLUME") == ["/data"]
    assert "ONELANE_HOME=/data" in dockerfile
    assert {name for name, service in services.items() if "home:/data" in service["volumes"]} == {"onelane", "worker"}


def test_compose_sets_only_what_there_is_and_holds_no_secret(services: dict[str, dict[str, Any]]) -> None:
    known = {str(field.validation_alias or f"ONELANE_{name.upper()}") for name, field in Settings.model_fields.items()}
    given = {name: value for service in services.values() for name, value in service["environment"].items()}
    assert given.keys() - known <= POSTGRESQLS_OWN
    secret = {name: value for name, value in given.items() if re.search("TOKEN|KEY|PASSWORD|URL", name)}
    assert [name for name, value in secret.items() if not value.startswith("${")] == []


def test_compose_is_reached_from_its_own_machine_alone(services: dict[str, dict[str, Any]]) -> None:
    assert {name: service.get("ports", []) for name, service in services.items()} == {
        "onelane": [f"127.0.0.1:{PORT}:{PORT}"],
        "postgresql": [],
        "worker": [],
    }


def test_on_postgresql_two_workers_help_and_wait_for_the_database(services: dict[str, dict[str, Any]]) -> None:
    assert services["worker"]["deploy"]["replicas"] == 2
    assert services["worker"]["depends_on"]["postgresql"]["condition"] == "service_healthy"
    profiles = {name: service.get("profiles") for name, service in services.items()}
    assert profiles == {"onelane": None, "postgresql": ["postgresql"], "worker": ["postgresql"]}


def test_all_that_the_image_is_built_from_is_there_and_not_ignored(project: Path, dockerfile: str) -> None:
    copied = [
        name.rstrip("/")
        for line in re.findall(r"^COPY (?!--)(.+)$", dockerfile, re.MULTILINE)
        for name in line.split()[:-1]
    ]
    assert [name for name in copied if not (project / name).exists()] == []
    let_in = (project / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert [name for name in copied if f"!{name}" not in let_in] == []
    assert {"server", "tools", "storage", "prompts"} <= set(copied)


def written(dockerfile: str, instruction: str) -> list[str]:
    """The last instruction of a kind, which is written as JSON."""
    return json.loads(re.findall(rf"^{instruction} (\[.*\])$", dockerfile, re.MULTILINE)[-1])
