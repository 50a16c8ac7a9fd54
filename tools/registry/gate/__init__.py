"""The gate: which calls need a person, what the person is shown, and that each yes is used once."""

__all__ = [
    "answers",
    "credentials",
    "deciding",
    "outbound_mark",
    "person_key",
    "private_file",
    "question",
    "run_questions",
    "shown_hash",
    "shown_text",
    "taint",
    "used_approvals",
    "vault",
    "workspace_changes",
]
