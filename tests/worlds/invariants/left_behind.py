"""Nothing is left behind once all is quiet: no run, step, cursor, claim, task or letter that nobody comes back to."""

from collections.abc import Iterator

from tests.worlds.view import WorldView

_OVER = "('completed', 'failed', 'cancelled')"
_STAY_OVER = "('completed', 'replied', 'removed')"
_UNSENT = "('awaiting_approval', 'approved', 'expired')"


def no_run_is_left_behind(view: WorldView) -> Iterator[str]:
    """No run waits for nothing: whoever is at it has a claim, and whoever is over has none."""
    waits = "status = 'running' OR (status = 'pending' AND waits_until IS NULL)"
    for row in view.rows(
        f"SELECT id, workflow_type, status FROM workflow_runs WHERE driver = 'engine' AND ({waits}) ORDER BY id"
    ):
        yield f"Run {row['id']} ({row['workflow_type']}) is {row['status']}, although nobody is at it."
    held = "claim IS NOT NULL OR control IS NOT NULL OR waits_until IS NOT NULL OR completed_at IS NULL"
    for row in view.rows(f"SELECT id, status FROM workflow_runs WHERE status IN {_OVER} AND ({held}) ORDER BY id"):
        yield f"Run {row['id']} is {row['status']} and looks as if it went on."


def no_step_is_left_open(view: WorldView) -> Iterator[str]:
    """A run that is over has no step that still goes on."""
    for row in view.rows(
        "SELECT s.id, s.workflow_run_id, s.status FROM workflow_steps s "
        "JOIN workflow_runs r ON r.id = s.workflow_run_id "
        f"WHERE s.status IN ('pending', 'running') AND r.status IN {_OVER} ORDER BY s.id",
    ):
        yield f"Step {row['id']} is {row['status']}, although its run {row['workflow_run_id']} is over."


def no_cursor_is_left_taken(view: WorldView) -> Iterator[str]:
    """A cursor belongs to a run only while that one goes on."""
    for row in view.rows(
        "SELECT c.id, c.data_type, c.run_id, c.sync_status, r.status FROM sync_cursors c "
        "LEFT JOIN workflow_runs r ON r.id = c.run_id WHERE (c.run_id IS NOT NULL OR c.sync_status = 'syncing') "
        "AND coalesce(r.status, 'gone') NOT IN ('pending', 'running') ORDER BY c.id",
    ):
        yield f"Cursor {row['id']} ({row['data_type']}) is held by run {row['run_id']}, which is {row['status']}."


def nobody_is_left_in_a_sequence(view: WorldView) -> Iterator[str]:
    """Whoever is on their way has an instant at which they are looked at, or a gate that a person opens."""
    for row in view.rows(
        "SELECT e.id, e.status FROM workflow_enrollments e JOIN workflow_templates t ON t.id = e.template_id "
        "WHERE e.status IN ('pending', 'active') AND t.status = 'active' AND e.next_step_at IS NULL "
        "AND e.waiting_for IS NULL ORDER BY e.id",
    ):
        yield f"Enrollment {row['id']} is {row['status']}, and nobody ever looks at it again."
    for row in view.rows(
        f"SELECT id FROM workflow_enrollments WHERE status IN {_STAY_OVER} AND claimed_until IS NOT NULL ORDER BY id"
    ):
        yield f"Enrollment {row['id']} is over and still claimed."


def nobody_waits_for_a_message_that_is_not_there(view: WorldView) -> Iterator[str]:
    """Whoever waits for a person's yes has a message of their present step that a person can see."""
    for row in view.rows(
        "SELECT e.id, e.waiting_for, e.current_step_index FROM workflow_enrollments e "
        "JOIN workflow_templates t ON t.id = e.template_id WHERE e.status = 'active' AND t.status = 'active' "
        "AND e.next_step_at IS NULL AND e.waiting_for IN ('approval', 'state') AND e.state_reason IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM outbound_actions a WHERE a.enrollment_id = e.id "
        "AND a.step_index = e.current_step_index AND a.status NOT IN ('sent', 'cancelled', 'rejected')) ORDER BY e.id",
    ):
        yield (
            f"Enrollment {row['id']} waits for a person ({row['waiting_for']}) at step {row['current_step_index']}, "
            "and there is nothing to decide."
        )


def nobody_is_held_for_what_they_have(view: WorldView) -> Iterator[str]:
    """Whoever is held because they have no address has none."""
    for row in view.rows(
        "SELECT e.id, c.email FROM workflow_enrollments e JOIN contacts c ON c.id = e.contact_id "
        "JOIN workflow_templates t ON t.id = e.template_id WHERE e.status = 'active' AND t.status = 'active' "
        "AND e.state_reason = 'no_channel' AND coalesce(t.platform, 'gmail') = 'gmail' AND c.email IS NOT NULL "
        "ORDER BY e.id"
    ):
        yield f"Enrollment {row['id']} is held for want of an address, and {row['email']} is there."


def nobody_is_passed_over(view: WorldView) -> Iterator[str]:
    """Nobody who may be looked at has been due for long."""
    now = int(view.now.timestamp())
    for row in view.rows(
        "SELECT e.id, e.next_step_at FROM workflow_enrollments e JOIN workflow_templates t ON t.id = e.template_id "
        "WHERE e.status IN ('pending', 'active') AND t.status = 'active' AND e.next_step_at < :late ORDER BY e.id",
        late=now - 300,
    ):
        yield f"Enrollment {row['id']} has been due for {now - row['next_step_at']} s, and nobody looks at it."


def no_letter_is_left_under_way(view: WorldView) -> Iterator[str]:
    """Nothing is on its way for ever, and nothing waits for somebody whose sequence is over."""
    for row in view.rows("SELECT id FROM outbound_actions WHERE status = 'sending' ORDER BY id"):
        yield f"Action {row['id']} is sending, although nobody transmits it."
    for row in view.rows(
        "SELECT a.id, a.status, e.id AS enrollment_id, e.status AS stay FROM outbound_actions a "
        f"JOIN workflow_enrollments e ON e.id = a.enrollment_id WHERE a.status IN {_UNSENT} "
        f"AND e.status IN {_STAY_OVER} ORDER BY a.id",
    ):
        yield f"Action {row['id']} is {row['status']}, although enrollment {row['enrollment_id']} is {row['stay']}."


def nothing_waits_for_who_has_left(view: WorldView) -> Iterator[str]:
    """Whoever leaves a sequence takes along what waits for a yes or for its turn."""
    for row in view.rows(
        "SELECT a.id, a.status, e.id AS enrollment_id, e.status AS stay FROM outbound_actions a "
        f"JOIN workflow_enrollments e ON e.id = a.enrollment_id WHERE a.status IN {_UNSENT} "
        # What was under way when they left may wait once more, until its turn comes.
        f"AND e.status IN {_STAY_OVER} AND a.updated_at < e.completed_at ORDER BY a.id",
    ):
        yield f"Action {row['id']} is {row['status']}; enrollment {row['enrollment_id']} became {row['stay']} later."


def no_task_is_left_open(view: WorldView) -> Iterator[str]:
    """A person is not asked for what is over."""
    for row in view.rows(
        "SELECT t.id, a.id AS action_id, a.status FROM tasks t JOIN outbound_actions a ON a.id = t.outbound_action_id "
        "WHERE t.status <> 'done' AND a.status IN ('sent', 'cancelled', 'rejected', 'failed') ORDER BY t.id",
    ):
        yield f"Task {row['id']} is open, although action {row['action_id']} is {row['status']}."
    for row in view.rows(
        "SELECT a.id, r.id AS run_id FROM approvals a JOIN workflow_runs r ON r.id = a.workflow_run_id "
        f"WHERE a.answer IS NULL AND r.status IN {_OVER} AND a.expires_at > :now ORDER BY a.id",
        now=int(view.now.timestamp()),
    ):
        yield f"Question {row['id']} is open, although its run {row['run_id']} is over."


LEFT_BEHIND = (
    no_run_is_left_behind,
    nobody_is_left_in_a_sequence,
    nobody_waits_for_a_message_that_is_not_there,
    nobody_is_held_for_what_they_have,
    nobody_is_passed_over,
    no_letter_is_left_under_way,
)
LEFT_BY_WHAT_ENDED = (
    no_step_is_left_open,
    no_cursor_is_left_taken,
    no_task_is_left_open,
    nothing_waits_for_who_has_left,
)
"""What is settled in the transaction that ends a run or a stay, so that it holds after each commit."""
