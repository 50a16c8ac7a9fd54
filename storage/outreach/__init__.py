"""What is sent to people, what came of it and what comes back."""

__all__ = [
    "contact_rhythms",
    "content_actions",
    "correspondence",
    "enrollment_ends",
    "enrollment_merge",
    "failure_counts",
    "figures",
    "funnel",
    "inbound_messages",
    "outbound_actions",
    "outbound_lists",
    "outbound_queue",
    "outbound_state",
    "outbound_switch",
    "sequence_enrollments",
    "sequence_steps",
    "signing_in",
    "suppressions",
    "template_versions",
    "version_moves",
]
