"""How many letters a second leave through a local mail server, from the approval to the receipt.

    python -m tests.bench.bench_sending [--letters 1000] [--accounts 1 4] [--profile]
    python -m tests.bench.bench_sending --letters 1 --accounts 1      in small, to see that it runs

Each letter is cleared (all gates, caps and spacing, a fresh rendering), committed to the disk twice before its last
byte leaves, and its receipt, engagement, step and next look are one more commit. The server is a process of its own.
"""

import argparse
import cProfile
import pstats
import smtplib
import subprocess
import sys
import time
from collections.abc import Sequence

from onelane.storage.database.engine import Database
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.outreach.outbound.outbound_lists import count_in_state
from onelane.tools.outreach.mail.mail_server import MailServer, Security
from onelane.tools.outreach.sending.transmission import send_due
from tests.bench.databases import new_database
from tests.bench.figures import Figure, tell
from tests.databases import Clock
from tests.tools.outreach.mail.mail_servers import LOOPBACK, PASSWORD, USER, Postbox, running_smtp
from tests.tools.outreach.sending.post_office import PostOffice, post_office

AIM_A_SECOND = 100
"""So many letters a second are aimed at."""


def serve() -> None:
    """Take letters until the input ends."""
    with running_smtp(Postbox(), security=Security.NONE) as server:
        print(server.port, flush=True)
        sys.stdin.read()


def filled(database: Database, server: MailServer, accounts: int, letters: int) -> PostOffice:
    """So many approved letters, spread over so many accounts."""
    office = post_office(database, Clock(), server)
    office.open()
    others = [office.connect(f"ada{number}@example.com") for number in range(1, accounts)]
    for number in range(letters):
        office.account_id = [office.account_id, *others][number % accounts] if others else office.account_id
        office.enroll(number)
    return office


def measure(server: MailServer, accounts: int, letters: int, *, is_profiled: bool) -> Figure:
    with new_database(clock=Clock()) as database:
        office = filled(database, server, accounts, letters)
        profile = cProfile.Profile()
        if is_profiled:
            profile.enable()
        began = time.perf_counter()
        cpu_began = time.process_time()
        sent = send_due(database, office.services)
        took_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu_began
        if is_profiled:
            profile.disable()
            pstats.Stats(profile).sort_stats("cumulative").print_stats(45)
        with database.read() as session:
            assert count_in_state(session, ActionStatus.SENT) == sent == letters
        print(
            f"{accounts} account(s): {letters} letters in {took_s:.1f} s, {letters / took_s:.0f} a second "
            f"(aim: {AIM_A_SECOND}), "
            f"{1000 * cpu_s / letters:.1f} ms of processor time each"
        )
    work = f"a letter from the approval to the receipt, of {letters:,}, {accounts} account(s)"
    return Figure(work, 1000 * took_s / letters, "ms", handed_over_ms(server, letters), "smtplib over one connection")


def handed_over_ms(server: MailServer, letters: int) -> float:
    """The least: as many letters, one after the other, with nothing kept."""
    with smtplib.SMTP(server.host, server.port, timeout=30) as session:
        session.login(USER, PASSWORD)
        began = time.perf_counter()
        for _ in range(letters):
            session.sendmail("ada@example.com", "grace@example.net", b"Subject: Compilers\r\n\r\nDear Grace\r\n")
        return 1000 * (time.perf_counter() - began) / letters


def main(typed: Sequence[str] | None = None) -> list[Figure]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--letters", type=int, default=1000)
    parser.add_argument("--accounts", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args(typed)
    if arguments.serve:
        serve()
        return []
    command = [sys.executable, "-m", "tests.bench.bench_sending", "--serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        server = MailServer(LOOPBACK, int(process.stdout.readline()), Security.NONE, USER)
        try:
            figures = [
                measure(server, accounts, arguments.letters, is_profiled=arguments.profile)
                for accounts in arguments.accounts
            ]
        finally:
            process.kill()
    return tell(figures)


if __name__ == "__main__":
    main()
