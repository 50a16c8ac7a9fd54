"""One module for each command that can be typed, in the room of its panel in the menu."""
