"""The catalog: what is asked, required, feared and owed, as validated data with sources and dates.

Table of contents: `schema` (the form of every file), `read` (strict reading), `freshness` (what has
gone stale). The data themselves lie in `facts/`.
"""
