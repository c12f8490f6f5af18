"""The command line: one file per command; check, scope and verify run without Django."""
