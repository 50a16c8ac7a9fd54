"""Runs, their steps and their schedules in words, which chats, commands and pages show alike."""

__all__: list[str] = []
