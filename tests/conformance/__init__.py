"""The official conformance suite and the inspector, run against real server processes."""
