"""What makes runs go: start, step, pause, resume, cancel, recover; one module per run type."""
