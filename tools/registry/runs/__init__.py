"""What a run type is given and gives back: the port to a run, its config, its steps."""

__all__ = ["client_runs", "feed_addresses", "record", "run", "run_config", "run_type"]
