"""What is sent to people, what came of it and what comes back."""

__all__ = [
    "contact_rhythms",
    "correspondence",
    "departures",
    "enrollment_ends",
    "enrollment_merge",
    "failure_counts",
    "figures",
    "funnel",
    "inbound_messages",
    "outbound",
    "refusals",
    "sequence_enrollments",
    "sequence_steps",
    "signing_in",
    "suppressions",
    "template_versions",
    "version_moves",
]
