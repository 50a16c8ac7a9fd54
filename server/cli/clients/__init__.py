"""Chat clients (Claude Desktop, Claude Code, Cursor, VS Code) and their configuration files."""
