"""The lists of X that syncs read, and what that costs."""

__all__: list[str] = []

__all__ = ["x_profiles"]
