"""The run types enrich, search and prune, and their tools."""
