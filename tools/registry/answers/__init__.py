"""What readers get of a tool's result: no more than they can read, in their own time."""

__all__ = ["clearing", "local_times", "shortening"]
