"""A chat at a terminal: the embedded agent with a person in front of it, and a run that stays (DESIGN 6, 7)."""
