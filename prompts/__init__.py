"""Prompts and ready-made workflow templates, one Markdown file each."""
