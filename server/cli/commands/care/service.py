"""`onelane service`: keeps Onelane running for you, so that schedules start when they are due."""

import shutil
import subprocess
from collections.abc import Sequence
from typing import Annotated

import typer

from onelane.server.background_service import ServiceFile, service_file
from onelane.server.cli.clients.command import command_of_this_process
from onelane.server.cli.help import examples, with_examples
from onelane.server.cli.output import note, put
from onelane.server.settings import read_settings
from onelane.tools.registry.errors import ToolError

_SECONDS = 60


def add_to(app: typer.Typer) -> None:
    """Give the group its commands."""
    app.command("install")(install)
    app.command("uninstall")(uninstall)


def install(
    serve: Annotated[bool, typer.Option("--serve", help="Run the HTTP server with the dashboard as well.")] = False,
    only_print: Annotated[bool, typer.Option("--print", help="Print the file and change nothing.")] = False,
    start: Annotated[bool, typer.Option("--start/--no-start", help="Start it, now and at each sign-in.")] = True,
) -> None:
    service = _service("serve" if serve else "worker")
    if only_print:
        put(service.content.decode("utf-16" if service.content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"))
        note(f"It belongs into {service.path}")
        return
    service.path.parent.mkdir(parents=True, exist_ok=True)
    service.path.write_bytes(service.content)
    put(f"The service is written: {service.path}")
    if not start:
        note(f"Start it with: {_command_line(service.start)}")
        return
    _carry_out(service.start)
    put("It runs, and starts with you: schedules and sequences go on without a chat client.")
    note(service.advice)


install.__doc__ = with_examples(
    "Keep Onelane running while you are signed in, so that schedules and sequences go on.\n\n"
    "It is a systemd user unit on Linux, a launch agent on macOS, a scheduled task on Windows. Keys that it needs are "
    "those of onelane keys; the environment of this terminal does not reach it, but ONELANE_HOME does.",
    "onelane service install",
    "onelane service install --serve",
    "onelane service install --print",
)


@examples("onelane service uninstall")
def uninstall() -> None:
    """Stop the service and take its file away; what Onelane keeps stays."""
    service = _service("worker")
    if not service.path.exists():
        put(f"There is no service: {service.path} is not there.")
        return
    try:
        _carry_out(service.stop)
    finally:
        service.path.unlink(missing_ok=True)
    put("The service is stopped and gone.")


def _service(command: str) -> ServiceFile:
    start_command = command_of_this_process()
    return service_file([start_command.command, *start_command.args[:-1], command], read_settings().home)


def _carry_out(commands: Sequence[Sequence[str]]) -> None:
    for words in commands:
        if shutil.which(words[0]) is None:
            raise ToolError(
                f"{words[0]} is not here, so start or stop it in your system's own way: {_command_line(commands)}"
            )
        process = subprocess.run(list(words), capture_output=True, text=True, timeout=_SECONDS, check=False)
        if process.returncode != 0:
            error_lines = (process.stderr or process.stdout).strip().splitlines()
            raise ToolError(f"{' '.join(words)} did not work: {error_lines[-1] if error_lines else process.returncode}")


def _command_line(commands: Sequence[Sequence[str]]) -> str:
    return " && ".join(" ".join(words) for words in commands)
