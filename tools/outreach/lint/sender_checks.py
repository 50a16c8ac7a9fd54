"""Whether an account can send what a template says, and be done with it before it ends."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from onelane.storage.platforms.accounts import AccountStatus, InboundSource
from onelane.storage.workflows.enrollments import EnrollmentStatus
from onelane.tools.outreach.lint.lint_facts import LintFacts
from onelane.tools.outreach.lint.time_checks import beginning_of
from onelane.tools.outreach.planning.facts import AccountFacts, ContactFacts, EnrollmentFacts, Surroundings
from onelane.tools.outreach.planning.policies import Mode, mode_of
from onelane.tools.outreach.planning.simulation import Traveller, simulate
from onelane.tools.outreach.reading.surroundings import holidays_of
from onelane.tools.outreach.template.problems import Problem, ProblemCode, problem
from onelane.tools.outreach.template.sequence import (
    OutreachSequence,
)

_SIMULATED = 200


def sender_of(sequence: OutreachSequence, accounts: Sequence[AccountFacts]) -> AccountFacts | None:
    """The account that sends: the one that the template names, else the first that can."""
    able = [each for each in accounts if each.transport is not None]
    account_id = sequence.settings.account_id
    return next((each for each in able if account_id in (None, each.id)), None)


def check_account(sequence: OutreachSequence, facts: LintFacts) -> Iterator[Problem]:
    sent_steps = [s for s in sequence.steps if s.is_action and mode_of(sequence.platform, s.step_type) is Mode.AUTO]
    if not sent_steps:
        return
    account = sender_of(sequence, facts.accounts)
    if account is None:
        yield problem(ProblemCode.NO_ACCOUNT, _why_no_account(sequence.settings.account_id))
        return
    if account.status is AccountStatus.NEEDS_REAUTH:
        yield problem(ProblemCode.NO_ACCOUNT, f"the account {account.id} needs signing in")
    if len(sent_steps) > 1 and account.inbound is not InboundSource.IMAP:
        text = "nobody reads the account's mailbox, so that each follow-up has to be approved by itself"
        yield problem(ProblemCode.REPLIES_UNSEEN, text)


def _why_no_account(account_id: str | None) -> str:
    if account_id is not None:
        return f"no account {account_id!r} can send"
    return "no account is connected that can send; the person connects one: onelane accounts connect smtp --address ..."


def check_end(sequence: OutreachSequence, facts: LintFacts) -> Iterator[Problem]:
    """Whether what it plans can go at all, and is over before the template is."""
    account = sender_of(sequence, facts.accounts) or AccountFacts("")
    yield from _check_caps(sequence, account)
    if sequence.ends_at is None:
        return
    began = beginning_of(sequence, facts)
    alone = _planned_instants(replace(sequence, ends_at=None), 1, replace(account, sendings=()), began)
    if sequence.starts_at is not None and sequence.starts_at >= sequence.ends_at:
        yield problem(ProblemCode.ENDS_BEFORE_LAST_STEP, "it ends before it starts")
        return
    if began >= sequence.ends_at or any(at > sequence.ends_at for at in alone):
        yield problem(ProblemCode.ENDS_BEFORE_LAST_STEP, "it ends before its last step could go")
        return
    people_count = min(len(facts.people), _SIMULATED)
    if people_count and any(
        at > sequence.ends_at for at in _planned_instants(replace(sequence, ends_at=None), people_count, account, began)
    ):
        yield problem(
            ProblemCode.CAP_TOO_SMALL,
            f"the caps let not everybody's messages go before it ends ({people_count} enrolled)",
        )


def _check_caps(sequence: OutreachSequence, account: AccountFacts) -> Iterator[Problem]:
    caps, limits = sequence.settings.caps, account.limits
    if 0 in (sequence.settings.per_day, caps.per_hour, caps.new_per_day):
        yield problem(ProblemCode.CAP_TOO_SMALL, "a cap of 0 lets nothing go")
    elif 0 in (limits.per_day, limits.per_hour, limits.new_per_day):
        yield problem(ProblemCode.CAP_TOO_SMALL, f"a limit of 0 of the account {account.id} lets nothing go")


def _planned_instants(sequence: OutreachSequence, people: int, account: AccountFacts, now: datetime) -> list[datetime]:
    nobody = ContactFacts("", "", {})
    travellers = [
        Traveller(EnrollmentFacts(str(number), EnrollmentStatus.ACTIVE, 0, now, seed=number), nobody)
        for number in range(people)
    ]
    steps = simulate(sequence, travellers, account, Surroundings(now, is_holiday=holidays_of(sequence)))
    instants = [each.at for each in steps]
    # Who gets no instant at all for a step, such as under a cap of 0, never gets to the end.
    return instants or ([now + timedelta(days=36_500)] if any(step.is_action for step in sequence.steps) else [])
