"""File formats and values that several platforms share."""
