"""The gate: which calls need a person, what the person is shown, and that each yes is used once."""

__all__ = ["answers", "person_key", "question", "taint", "used_approvals"]
