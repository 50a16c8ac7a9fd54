"""What Onelane can do: one typed function per capability, and the registry that every face reads."""
