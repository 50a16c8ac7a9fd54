"""What holds back or ends what goes out: the switch, the watch over clock and copies, and suppressions."""

__all__ = ["restored_copy", "suppressing", "suppression_list", "switch", "watch"]
