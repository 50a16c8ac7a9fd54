"""What is possible on each platform is data: every step has a row, and what is no longer possible is never tried."""

import pytest

from onelane.server.cli.doubles.x import X
from onelane.storage.database.engine import Database
from onelane.storage.people import contacts
from onelane.storage.platforms.accounts import Platform, Transport
from onelane.storage.platforms.content import ContentType
from onelane.storage.workflows.templates import TemplateStepType
from onelane.tools.outreach.planning.policies import Mode, Policy, all_policies, mode_of
from tests.databases import Clock
from tests.tools.outreach.content.posting import LINKEDIN_POSTS, X_POSTS, Posting

POLICIES = all_policies()
ACTIONS = set(TemplateStepType) - {TemplateStepType.WAIT, TemplateStepType.CONDITION}
KINDS = {
    TemplateStepType.POST: ContentType.POST,
    TemplateStepType.COMMENT: ContentType.REPLY,
    TemplateStepType.MESSAGE: ContentType.DM,
}


def test_each_step_on_each_platform_has_one_row_with_its_reason_source_and_day() -> None:
    rows = [(each.platform, each.step_type) for each in POLICIES]
    platforms = set(Platform) - {Platform.ONELANE}
    assert len(rows) == len(set(rows))
    assert set(rows) == {(platform, action) for platform in platforms for action in ACTIONS}
    for each in POLICIES:
        assert each.source.startswith("https://")
        assert each.why.endswith(".")
        assert each.checked_on.year >= 2026


@pytest.mark.parametrize(
    "policy",
    [each for each in POLICIES if each.step_type in KINDS and each.platform is not Platform.GMAIL],
    ids=lambda each: f"{each.platform}-{each.step_type}",
)
def test_what_is_no_accounts_to_do_is_a_task_with_text_and_no_request(
    policy: Policy, sqlite_database: Database, clock: Clock
) -> None:
    posting = Posting(sqlite_database, clock)
    posting.connect(Platform.X, X_POSTS)
    posting.connect(Platform.LINKEDIN, LINKEDIN_POSTS)
    with posting.database.write() as session:
        ada = contacts.create_contact(session, name="Ada", platform=policy.platform, profile_url="https://x.com/ada").id
    to = {} if policy.step_type is TemplateStepType.POST else {"contact_id": ada}
    draft = posting.draft("Hello", KINDS[policy.step_type], policy.platform.value, **to)
    approved = posting.approve(draft)
    is_by_hand = approved.transport is Transport.TASK
    assert is_by_hand is (mode_of(policy.platform, policy.step_type) is not Mode.AUTO)
    posting.go(hours=1)
    requests = posting.posts("x") + posting.posts("linkedin")
    assert requests == (0 if is_by_hand else 1)
    if is_by_hand:
        assert posting.rows("SELECT description FROM tasks") == [("Hello",)]


def test_x_is_asked_for_nothing_that_it_withdrew() -> None:
    routes = {route for route in X().double().routes if not route.startswith("GET")}
    assert routes == {"POST /2/tweets"}
