"""The gate: which calls need a person, what the person is shown, and that each yes is used once."""

__all__ = ["answers", "outbound_mark", "person_key", "question", "taint", "used_approvals", "vault"]
