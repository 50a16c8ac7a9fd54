"""Faces and heart: what people and programs talk to, and what makes runs go."""
