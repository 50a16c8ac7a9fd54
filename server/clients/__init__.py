"""Chat clients on this machine: where each keeps its configuration, and how Onelane comes into it."""
