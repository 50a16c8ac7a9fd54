"""Search engines: a file each, behind one port; `choice` picks the one that is set up (PLATFORMS 6)."""
