"""The demo: a temporary home with invented people and a mail server that sends nothing anywhere."""

__all__ = []
