"""The schema's history: one file a change, named by what it does; old ones are never edited."""
