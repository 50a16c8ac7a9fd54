"""`onelane accounts`: the person's own accounts, how far their syncs have come, and connecting one for mail."""

import secrets
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from onelane.server.app import Onelane
from onelane.server.cli.commands.people import sign_in
from onelane.server.cli.help import examples
from onelane.server.cli.output import note
from onelane.server.cli.person_door import for_the_person
from onelane.server.cli.results import AsJson, put_result
from onelane.server.cli.secret_input import read_secret
from onelane.server.cli.tool_commands import ToolCommand, add_tool_commands
from onelane.server.cli.workspace import ask, workspace
from onelane.tools.catalogue import all_tools
from onelane.tools.outreach.mail.mail_server import Security
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.short_ids import full_id

if TYPE_CHECKING:
    from onelane.tools.outreach.inbound.rejudging import Rejudged

COMMANDS = (
    ToolCommand(
        "list",
        "list_accounts",
        columns=(
            "id",
            "platform",
            "display_name as name",
            "auth_type as known by",
            "status",
            "transport as sends by",
            "pause_reason as held",
            "last_synced_at as last sync",
        ),
        read_as=(
            "display_name as name",
            "platform",
            "status",
            "last_synced_at as last sync",
            "transport as sends by",
            "pause_reason as held",
            "auth_type as known by",
            "id",
        ),
        examples=("onelane accounts list --platform linkedin",),
    ),
    ToolCommand("pause", "pause_account", positional=("account_id",), examples=("onelane accounts pause ID",)),
)
_LOOK_EVERY_SECONDS = 3.0

AccountId = Annotated[str, typer.Argument(help="The account; onelane accounts list shows them.")]
Count = Annotated[int | None, typer.Option(min=1)]
Seconds = Annotated[int | None, typer.Option(min=0)]


def add_to(app: typer.Typer) -> None:
    """Give the group its commands."""
    add_tool_commands(app, all_tools(), COMMANDS)
    connect = typer.Typer(no_args_is_help=True)
    sign_in.add_to(connect)
    connect.command("smtp")(connect_smtp)
    app.add_typer(connect, name="connect", help="Connect an account of yours.")
    app.command("check")(check)
    app.command("limits")(limits)
    app.command("resume")(resume)
    app.command("disconnect")(disconnect)
    app.command("rejudge")(rejudge)


@examples(
    "onelane accounts connect smtp --address you@example.com",
    "onelane accounts connect smtp --address you@example.com --host mail.example.com --imap-host mail.example.com",
)
def connect_smtp(
    address: Annotated[str, typer.Option(help="Your e-mail address.")],
    name: Annotated[str | None, typer.Option(help="Your name, as letters show it.")] = None,
    host: Annotated[str | None, typer.Option(help="The server that sends; known of some providers.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535)] = None,
    security: Annotated[Security | None, typer.Option(help="none is for this machine only.")] = None,
    user: Annotated[str | None, typer.Option(help="Who signs in; by default the address.")] = None,
    imap_host: Annotated[str | None, typer.Option(help="The server that shows answers.")] = None,
    imap_port: Annotated[int | None, typer.Option(min=1, max=65535)] = None,
    imap_security: Annotated[Security | None, typer.Option(help="As --security.")] = None,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")] = False,
    no_check: Annotated[bool, typer.Option("--no-check", help="Keep it without signing in first.")] = False,
    as_json: AsJson = False,
) -> None:
    """Connect an e-mail address: SMTP to send, IMAP to see answers.

    The password is asked for, or read from stdin, and kept sealed. Use an app password where your provider has them.
    Without a terminal, ONELANE_PERSON_KEY must be in the environment.
    """
    from onelane.tools.outreach.mail.connecting import connect_mail
    from onelane.tools.outreach.mail.mail_accounts import ServerWishes, find_servers

    with for_the_person() as door:
        smtp, imap = find_servers(
            address,
            user=user,
            smtp=ServerWishes(host, port, security),
            imap=ServerWishes(imap_host, imap_port, imap_security),
        )
        account_view = connect_mail(
            door.services,
            address,
            sender_name=name,
            password=_password(address, from_stdin=password_stdin),
            smtp=smtp,
            imap=imap,
            is_checked=not no_check,
        )
        put_result(account_view, as_json=as_json)


@examples("onelane accounts check ACCOUNT_ID")
def check(account_id: AccountId, as_json: AsJson = False) -> None:
    """Sign in, send a message to your own address, and say what its server thinks of it.

    Without a terminal, ONELANE_PERSON_KEY must be in the environment.
    """
    from onelane.tools.outreach.mail.connecting import check_mail

    with for_the_person() as door:
        pause = Event()
        if not as_json:
            note("Sending a message to yourself and waiting for it, up to a minute.")
        result = check_mail(
            door.services,
            door.full_id(account_id),
            chance=secrets.token_hex(16),
            wait=lambda: pause.wait(_LOOK_EVERY_SECONDS),
        )
        put_result(result, as_json=as_json)


@examples("onelane accounts limits ACCOUNT_ID", "onelane accounts limits ACCOUNT_ID --per-day 40 --new-per-day 20")
def limits(
    account_id: AccountId,
    per_day: Count = None,
    per_hour: Count = None,
    new_per_day: Count = None,
    spacing_seconds: Seconds = None,
    jitter_seconds: Seconds = None,
    as_json: AsJson = False,
) -> None:
    """Show how much may go out of an account, or change it.

    In a rolling 24 hours and a rolling hour, over all sequences. Changing it without a terminal needs
    ONELANE_PERSON_KEY in the environment.
    """
    from onelane.tools.outreach.mail.connecting import change_limits

    with for_the_person() as door:
        changes = {
            "per_day": per_day,
            "per_hour": per_hour,
            "new_per_day": new_per_day,
            "spacing_seconds": spacing_seconds,
            "jitter_seconds": jitter_seconds,
        }
        put_result(change_limits(door.services, door.full_id(account_id), changes), as_json=as_json)


@examples("onelane accounts resume ACCOUNT_ID")
def resume(account_id: AccountId, as_json: AsJson = False) -> None:
    """Let an account go on that was held, by hand or because its provider refused something.

    Without a terminal, ONELANE_PERSON_KEY must be in the environment.
    """
    from onelane.tools.outreach.mail.account_care import resume_account

    with for_the_person() as door:
        _show(door.onelane, resume_account(door.services, door.full_id(account_id)), as_json=as_json)


@examples("onelane accounts disconnect ACCOUNT_ID")
def disconnect(
    account_id: AccountId,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    as_json: AsJson = False,
) -> None:
    """Forget how an account signs in; what came of it stays."""
    from onelane.tools.outreach.mail.account_care import disconnect_account

    with workspace() as onelane:
        whole_id = full_id(onelane.database, account_id)
        if not yes:
            ask("Forget how this account signs in? Nothing comes in or goes out of it until you connect it again.")
        disconnection = disconnect_account(onelane.toolbox.services, whole_id)
        if disconnection.left_to_do is not None:
            note(disconnection.left_to_do)
        _show(onelane, disconnection.account_id, as_json=as_json)


def _show(onelane: Onelane, account_id: str, *, as_json: bool) -> None:
    from onelane.tools.sync.account_views import read_account

    put_result(read_account(onelane.toolbox.services, account_id), as_json=as_json)


@examples("onelane accounts rejudge --dry-run", "onelane accounts rejudge")
def rejudge(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be different.")] = False,
    as_json: AsJson = False,
) -> None:
    """Judge the mail again that came in before the rules changed: who answered, bounced, or wants no more letters.

    A sequence that should have stopped stops now; one that has ended stays so, and you decide. Try it with --dry-run
    first. Without a terminal, ONELANE_PERSON_KEY must be in the environment.
    """
    if not dry_run:
        with for_the_person() as door:
            put_result(_judge_again(door.onelane, is_dry_run=False), as_json=as_json)
        return
    with workspace() as onelane:
        put_result(_judge_again(onelane, is_dry_run=True), as_json=as_json)


def _judge_again(onelane: Onelane, *, is_dry_run: bool) -> "Rejudged":
    from onelane.tools.outreach.inbound.rejudging import rejudge as judge_again

    services = onelane.toolbox.services
    return judge_again(services.database, services.vault, workspace=services.workspace, is_dry_run=is_dry_run)


def _password(address: str, *, from_stdin: bool) -> str:
    password = read_secret(
        f"Password of {address}: ",
        from_stdin=from_stdin,
        otherwise="Nobody can be asked for the password here. Pipe it in with --password-stdin.",
    )
    if not password:
        raise BadRequest("The password is empty; nothing was changed.")
    return password
