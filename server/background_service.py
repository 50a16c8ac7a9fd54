"""The service that keeps Onelane running for one person: the file by which systemd, launchd or Windows starts it.

Sources: systemd.service(5) and systemd.syntax(7), launchd.plist(5), and learn.microsoft.com/windows/win32/taskschd
(Task Scheduler schema).
"""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LABEL = "io.onelane.worker"
_UNIT = "onelane.service"
_TASK = "Onelane"


@dataclass(frozen=True, slots=True)
class ServiceFile:
    """The file, and the commands that make the system take it up and let it go.

    Args:
        path: where it belongs
        content: what it says
        start: commands that start it, now and whenever the person signs in
        stop: commands that end that
        advice: what a person may want to know
    """

    path: Path
    content: bytes
    start: Sequence[Sequence[str]]
    stop: Sequence[Sequence[str]]
    advice: str


def service_path(home: Path, platform: str = sys.platform, environment: Mapping[str, str] = os.environ) -> Path:
    """Where the service's file is, if there is one.

    Args:
        home: the folder with everything that Onelane keeps
        platform: the kind of system
        environment: of this process
    """
    person = Path(environment.get("HOME") or environment.get("USERPROFILE") or Path.home())
    if platform == "darwin":
        return person / "Library" / "LaunchAgents" / f"{LABEL}.plist"
    if platform == "win32":
        return home / "onelane-task.xml"
    return Path(environment.get("XDG_CONFIG_HOME") or person / ".config") / "systemd" / "user" / _UNIT


def service_file(
    words: Sequence[str], home: Path, platform: str = sys.platform, environment: Mapping[str, str] = os.environ
) -> ServiceFile:
    """The service for this kind of system.

    Args:
        words: the command to keep running
        home: the folder with everything that Onelane keeps
        platform: the kind of system
        environment: of this process
    """
    path = service_path(home, platform, environment)
    if platform == "darwin":
        return _launchd(path, words, home)
    return _task(path, words, home) if platform == "win32" else _systemd(path, words, home)


def _systemd(path: Path, words: Sequence[str], home: Path) -> ServiceFile:
    command = " ".join(_quoted(word, is_command=True) for word in words)
    text = (
        "[Unit]\nDescription=Onelane carries out runs, schedules and sequences\n\n"
        f"[Service]\nExecStart={command}\nEnvironment={_quoted(f'ONELANE_HOME={home}')}\n"
        "Restart=on-failure\nRestartSec=5\n\n"
        "[Install]\nWantedBy=default.target\n"
    )
    start = (("systemctl", "--user", "daemon-reload"), ("systemctl", "--user", "enable", "--now", _UNIT))
    stop = (("systemctl", "--user", "disable", "--now", _UNIT),)
    advice = "It runs while you are signed in; for always: loginctl enable-linger. What it says: journalctl --user -u "
    return ServiceFile(path, text.encode(), start, stop, advice + _UNIT)


def _quoted(word: str, *, is_command: bool = False) -> str:
    """A word as systemd reads it back: % begins a specifier everywhere, $ a variable in commands."""
    plain = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("\n", "\\n")
    return f'"{plain.replace("$", "$$") if is_command else plain}"'


def _launchd(path: Path, words: Sequence[str], home: Path) -> ServiceFile:
    import plistlib

    # Made only when the service is written: a person's number is known on systems that have one.
    domain = f"gui/{os.getuid() if hasattr(os, 'getuid') else 0}"
    said = str(home / "service.log")
    content = plistlib.dumps(
        {
            "Label": LABEL,
            "ProgramArguments": list(words),
            "EnvironmentVariables": {"ONELANE_HOME": str(home)},
            "RunAtLoad": True,
            "KeepAlive": {"SuccessfulExit": False},
            "ProcessType": "Background",
            "StandardOutPath": said,
            "StandardErrorPath": said,
        }
    )
    start = (("launchctl", "bootstrap", domain, str(path)),)
    stop = (("launchctl", "bootout", f"{domain}/{LABEL}"),)
    return ServiceFile(path, content, start, stop, f"It runs while you are signed in. What it says: {said}")


def _task(path: Path, words: Sequence[str], home: Path) -> ServiceFile:
    # Imported late: it brings an HTTP client along, and every command asks where the service's file is.
    from xml.sax.saxutils import escape

    # cmd sets the variable, for a task has no environment of its own.
    command = " ".join(f'"{word}"' for word in words)
    arguments = escape(f'/d /s /c "set "ONELANE_HOME={home}"&& {command}"')
    text = (
        '<?xml version="1.0" encoding="UTF-16"?>\n'
        '<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">\n'
        "  <RegistrationInfo><Description>Onelane carries out runs, schedules and sequences</Description>"
        "</RegistrationInfo>\n"
        "  <Triggers><LogonTrigger><Enabled>true</Enabled></LogonTrigger></Triggers>\n"
        "  <Settings>\n"
        "    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>\n"
        "    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>\n"
        "    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>\n"
        "    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>\n"
        "    <Hidden>true</Hidden>\n"
        "    <RestartOnFailure><Interval>PT1M</Interval><Count>999</Count></RestartOnFailure>\n"
        "  </Settings>\n"
        f"  <Actions><Exec><Command>cmd.exe</Command><Arguments>{arguments}</Arguments></Exec></Actions>\n"
        "</Task>\n"
    )
    start = (
        ("schtasks", "/Create", "/TN", _TASK, "/XML", str(path), "/F"),
        ("schtasks", "/Run", "/TN", _TASK),
    )
    stop = (("schtasks", "/End", "/TN", _TASK), ("schtasks", "/Delete", "/TN", _TASK, "/F"))
    return ServiceFile(path, text.encode("utf-16"), start, stop, "It runs while you are signed in.")
