"""What goes out: actions, their texts, who is next in line, what is transmitted, and the switch."""

__all__ = [
    "action_moves",
    "action_texts",
    "content_actions",
    "outbound_actions",
    "outbound_line",
    "outbound_lists",
    "outbound_state",
    "outbound_switch",
    "transmissions",
]
