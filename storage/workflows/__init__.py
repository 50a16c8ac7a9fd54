"""Templates, enrollments, runs, steps, schedules, tasks and budgets."""
