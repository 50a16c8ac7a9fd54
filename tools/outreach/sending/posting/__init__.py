"""Carries out drafts that a person approved: posts, and letters among the person's drafts in Gmail."""
