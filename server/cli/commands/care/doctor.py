"""`onelane doctor`: what is set up, what is missing, and what to type next."""

from dataclasses import asdict
from typing import Annotated

import typer

from onelane.server.cli.checks.doctor_checks import Finding, State, examine, next_command
from onelane.server.cli.help import with_examples
from onelane.server.cli.output import put, put_beside, put_json
from onelane.server.cli.results import AsJson

_MARKS = {State.OK: "ok", State.TODO: "next", State.OPTIONAL: "-", State.PROBLEM: "PROBLEM"}


def command(
    online: Annotated[
        bool, typer.Option("--online", help="Ask the providers whether the keys count; that costs nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    findings = examine(online=online)
    can_run = all(finding.state is not State.PROBLEM for finding in findings)
    if as_json:
        put_json({"ok": can_run, "next": next_command(findings), "findings": [asdict(each) for each in findings]})
    else:
        _tell(findings, can_run=can_run)
    if not can_run:
        raise typer.Exit(1)


command.__doc__ = with_examples(
    "Say what is set up, what is missing, and what to type next.\n\n"
    "Nothing is changed, and no key is shown. The exit code is 0 when Onelane can run.",
    "onelane doctor",
    "onelane doctor --online",
    "onelane doctor --json",
)


def _tell(findings: list[Finding], *, can_run: bool) -> None:
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        put_beside(f"{_MARKS[finding.state]:>7}  {finding.name:<{width}}  ", finding.what)
        if finding.state is not State.OK and finding.next is not None:
            put_beside(" " * (width + 11), finding.next)
    put(f"\n{'Onelane can run.' if can_run else 'Onelane can not run yet.'} Next: {next_command(findings)}")
