"""Commands about people and your own accounts."""
