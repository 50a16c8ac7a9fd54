"""What `onelane doctor` looks at (docs/commands.md)."""
