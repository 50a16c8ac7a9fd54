"""`onelane keys`: the keys of services, given once and read by all that start Onelane (docs/commands.md, "Keys")."""

import os
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from onelane.server.cli.help import examples, with_examples
from onelane.server.cli.output import note, put, put_fields, put_json
from onelane.server.cli.secret_input import typed_unseen
from onelane.server.kept_keys import FOLDER, KeptKeys, KeyPlace, standings
from onelane.server.settings import KEY_VARIABLES, read_settings
from onelane.tools.registry.errors import BadRequest, NotFound

_NAMES = ", ".join(KEY_VARIABLES)

Name = Annotated[str, typer.Argument(help=f"Whose key: {_NAMES}.", metavar="NAME")]


def add_to(app: typer.Typer) -> None:
    """Give the group its commands."""
    app.command("set")(put_key)
    app.command("list")(list_keys)
    app.command("remove")(remove_key)


def put_key(name: Name, typed: Annotated[list[str] | None, typer.Argument(hidden=True)] = None) -> None:
    if typed:
        raise BadRequest(
            f"A key is no argument: others on this machine and the shell's history would see it. Nothing was kept. "
            f"Type only: onelane keys set {_key_name(name)}"
        )
    name = _key_name(name)
    variable, kept_keys = KEY_VARIABLES[name], KeptKeys(read_settings().home)
    place = kept_keys.put(variable, _ask_for_key(name))
    place_text = (
        "the system's keyring" if place is KeyPlace.KEYRING else f"{kept_keys.home / FOLDER / variable}, for you alone"
    )
    put(f"The key of {name} is kept in {place_text}.")
    note("Whatever starts Onelane reads it from now on; what runs already has to be started again, also a chat client.")
    if os.environ.get(variable):
        note(f"{variable} is set in this terminal and wins here, as long as it is.")
    note("Look whether it is right, for free: onelane doctor --online")


put_key.__doc__ = with_examples(
    "Keep a key, so that whatever starts Onelane can use it.\n\n"
    "It is asked for, or read from stdin, and never shown. It is kept in the system's keyring where there is one, "
    "else in a file in the home that only you can read. The environment's variable wins.",
    "onelane keys set anthropic",
    "onelane keys set brave < key.txt",
)


@examples("onelane keys list")
def list_keys(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Say which keys there are and where each is, never what is in them."""
    key_standings = list(standings(KeptKeys(read_settings().home), KEY_VARIABLES, os.environ))
    if as_json:
        put_json({"keys": [asdict(each) for each in key_standings]})
        return
    put_fields({each.name: f"{each.place or 'not set'} ({each.variable})" for each in key_standings})


@examples("onelane keys remove anthropic")
def remove_key(name: Name) -> None:
    """Forget a key that was kept."""
    name = _key_name(name)
    variable = KEY_VARIABLES[name]
    if not KeptKeys(read_settings().home).remove(variable):
        raise NotFound(f"No key of {name} is kept here. onelane keys list shows what there is.")
    put(f"The key of {name} is forgotten here. If others may have seen it, end it at its provider as well.")
    if os.environ.get(variable):
        note(f"{variable} is still set in this terminal.")


def _key_name(name: str) -> str:
    """The name, if there is such a key; one that is none may be the key itself, and is not repeated."""
    if name.lower() not in KEY_VARIABLES:
        raise BadRequest(f"There is no key of that name. There are: {_NAMES}.")
    return name.lower()


def _ask_for_key(name: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline()
    return typed_unseen(f"Key of {name} (it is not shown): ")
