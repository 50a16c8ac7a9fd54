"""What a template says: settings, steps, conditions and texts, read strictly."""

__all__: list[str] = []

__all__ = ["draft_check", "problems", "sequence", "step_places", "template_config", "template_steps"]
