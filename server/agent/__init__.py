"""The `agent` run type: the loop, the conversation, approval, budgets in use."""

__all__ = ["agent", "agent_run", "approval", "calls", "clients", "conversation", "loop", "model"]
