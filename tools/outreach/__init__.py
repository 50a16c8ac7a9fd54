"""Sequences: what they say, when their steps are due, how letters go out, and what comes back."""

__all__ = [
    "content",
    "enrolling",
    "entry",
    "inbound",
    "mail",
    "moving",
    "named_templates",
    "open_templates",
    "outbound",
    "person_data",
    "planning",
    "preview",
    "reading",
    "sending",
    "stopping",
    "tasks",
    "template",
    "versions",
]
