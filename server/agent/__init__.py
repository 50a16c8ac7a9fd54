"""The `agent` run type: the loop, the conversation, approval, budgets in use."""
