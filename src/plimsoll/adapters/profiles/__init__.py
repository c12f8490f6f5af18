"""Counts the rows of tables (Parquet, CSV, JSON lines) with DuckDB, in a limited process.

Table of contents: `observing` (what callers ask), `child` (the process that reads), `confined` (DuckDB
that can read the named files and nothing else), `source` (a table file: form, columns, sample),
`framing` (frames from a sample of the reference), `counting` (one pass over a table, counted on frames).
"""
