"""What Onelane says: one Markdown file per prompt, and the ready-made workflow templates."""
