"""The Messages API. Nothing else knows it."""
