"""Entry points (command line, HTTP, MCP) and the run engine."""
