"""Runs, templates, enrollments and schedules as tools."""

__all__ = ["approvals", "firing", "ready_templates", "run_views", "runs", "template_views"]
