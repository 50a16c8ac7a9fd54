"""Commands that start Onelane."""
