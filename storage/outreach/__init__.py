"""What is sent to people, what came of it and what comes back."""

__all__ = [
    "correspondence",
    "enrollment_merge",
    "funnel",
    "inbound_messages",
    "outbound_actions",
    "outbound_switch",
    "suppressions",
    "template_versions",
]
