"""`onelane service`: the file that each kind of system is given, and the commands that make it count."""

import configparser
import plistlib
import shlex
import sys
import xml.etree.ElementTree as ET
from pathlib import Path, PurePosixPath

import pytest

from onelane.server.background_service import service_file
from tests.commands import Terminal

HOME = Path('/home/ada/my $100% "lane"')
WORDS = ["/opt/one lane/onelane", "worker"]
ENVIRONMENT = {"HOME": "/home/ada"}


def test_systemd_gets_a_unit_that_starts_the_command_word_for_word() -> None:
    made = service_file(WORDS, HOME, "linux", ENVIRONMENT)
    assert PurePosixPath(made.path) == PurePosixPath("/home/ada/.config/systemd/user/onelane.service")
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign] - names keep their case
    unit.read_string(made.content.decode())
    assert shlex.split(unit["Service"]["ExecStart"]) == WORDS
    # Read as systemd does: quotes and backslashes like a shell, %% for %.
    assert shlex.split(unit["Service"]["Environment"].replace("%%", "%")) == [f"ONELANE_HOME={HOME}"]
    assert (unit["Service"]["Restart"], unit["Install"]["WantedBy"]) == ("on-failure", "default.target")
    assert made.start[-1] == ("systemctl", "--user", "enable", "--now", "onelane.service")


def test_launchd_gets_an_agent_that_starts_at_sign_in_and_again_after_a_crash() -> None:
    made = service_file(WORDS, HOME, "darwin", ENVIRONMENT)
    assert PurePosixPath(made.path).parent == PurePosixPath("/home/ada/Library/LaunchAgents")
    agent = plistlib.loads(made.content)
    assert (agent["ProgramArguments"], agent["EnvironmentVariables"]) == (WORDS, {"ONELANE_HOME": str(HOME)})
    assert (agent["RunAtLoad"], agent["KeepAlive"]) == (True, {"SuccessfulExit": False})
    assert made.start[0][:2] == ("launchctl", "bootstrap")


def test_windows_gets_a_task_that_starts_at_sign_in_and_has_no_time_limit() -> None:
    home = Path("C:/Users/Ada & Co/onelane")
    made = service_file(["C:/Program Files/onelane.exe", "worker"], home, "win32", {"USERPROFILE": "C:/Users/Ada"})
    task = ET.fromstring(made.content.decode("utf-16"))  # noqa: S314 - it is our own
    names = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    arguments = task.findtext("t:Actions/t:Exec/t:Arguments", namespaces=names)
    assert arguments == f'/d /s /c "set "ONELANE_HOME={home}"&& "C:/Program Files/onelane.exe" "worker""'
    assert task.findtext("t:Settings/t:ExecutionTimeLimit", namespaces=names) == "PT0S"
    assert task.find("t:Triggers/t:LogonTrigger", names) is not None
    assert made.start[0] == ("schtasks", "/Create", "/TN", "Onelane", "/XML", str(made.path), "/F")


@pytest.mark.skipif(sys.platform != "linux", reason="systemctl is of Linux")
def test_install_starts_the_unit_and_uninstall_takes_it_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = Terminal(tmp_path, monkeypatch, capsys)
    said = tmp_path / "said"
    (tmp_path / "bin").mkdir()
    systemctl = tmp_path / "bin" / "systemctl"
    systemctl.write_text(f'#!/bin/sh\necho "$@" >> "{said}"\n')
    systemctl.chmod(0o755)
    terminal.set(PATH=f"{tmp_path / 'bin'}:/usr/bin:/bin")
    unit = tmp_path / ".config" / "systemd" / "user" / "onelane.service"
    assert "WantedBy=default.target" in terminal.type("service", "install", "--print").out
    assert not unit.exists()
    assert terminal.type("service", "install").code == 0
    assert '"worker"' in unit.read_text()
    assert terminal.type("service", "uninstall").code == 0
    assert (unit.exists(), said.read_text().splitlines()) == (
        False,
        [
            "--user daemon-reload",
            "--user enable --now onelane.service",
            "--user disable --now onelane.service",
        ],
    )
