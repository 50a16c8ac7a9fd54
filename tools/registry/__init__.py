"""What a tool, a call, a result, a step and an error is, and how tools are found and called."""
