"""Runs, templates, enrollments and schedules as tools."""

__all__ = [
    "approvals",
    "drafts",
    "firing",
    "lasting_changes",
    "ready_templates",
    "run_reading",
    "runs",
    "schedule_views",
    "sequence_type",
    "template_runs",
    "template_views",
]
