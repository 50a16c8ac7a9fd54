"""How a run of any type starts, is claimed, holds and ends; recovery and the clock."""

__all__ = ["dispatch", "duties", "engine", "execution", "health", "keeper", "lock", "recurring_outreach", "scheduler"]
