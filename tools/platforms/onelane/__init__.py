"""Onelane's own exports."""
