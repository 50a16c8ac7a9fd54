"""The platforms that people and content come from: their interfaces and their export files."""
