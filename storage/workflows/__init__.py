"""Templates, enrollments, runs, steps, schedules, tasks and budgets."""

__all__ = [
    "approvals",
    "budgets",
    "chat_runs",
    "client_runs",
    "contact_batches",
    "dispatches",
    "enrollments",
    "history",
    "ready_templates",
    "recorded_steps",
    "run_changes",
    "run_contacts",
    "run_ends",
    "run_lists",
    "run_trees",
    "runs",
    "schedules",
    "steps",
    "tasks",
    "templates",
]
