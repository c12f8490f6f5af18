"""Settings, urls, API root, wiring, error pages: where everything is put together."""
