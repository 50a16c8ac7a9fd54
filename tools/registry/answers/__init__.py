"""What readers get of a tool's result: no more than they can read, in their own time."""

__all__ = ["local_times", "shortening"]
