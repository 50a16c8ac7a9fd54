"""Judging mail again at a terminal, once the rules have changed."""

from onelane.storage.database.engine import Database
from onelane.storage.database.rows import create_row
from onelane.storage.outreach.inbound_messages import InboundMessage, MessageKind
from tests.commands import Terminal


def test_mail_that_older_rules_judged_is_judged_again_by_the_person(
    terminal: Terminal, home_database: Database
) -> None:
    with home_database.write() as session:
        create_row(session, InboundMessage, "inb", message_id="<a@b.test>", from_address="ada@b.test",
                   own_text="Please unsubscribe me", kind=MessageKind.AUTO_REPLY)  # fmt: skip
    tried = terminal.type("accounts", "rejudge", "--dry-run").out
    assert tried.startswith("1 message of older rules, 1 is something else now.\n")
    assert "auto_reply is opt_out (words)" in tried
    assert "Only the person can do this" in terminal.type("accounts", "rejudge").err
    terminal.set(ONELANE_PERSON_KEY="k" * 40)
    assert terminal.json("accounts", "rejudge")["looked_at"] == 1
    assert terminal.type("accounts", "rejudge").out.startswith("Nothing to judge again")
