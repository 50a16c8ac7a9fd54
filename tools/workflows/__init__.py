"""Runs, templates, enrollments and schedules as tools."""
