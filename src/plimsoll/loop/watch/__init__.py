"""Watch: the log, and later telemetry and monitors."""
