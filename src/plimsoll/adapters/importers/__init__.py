"""Bringing frameworks in from outside: bytes → `ImportedFramework`, whole or not at all.

Table of contents: `registry` (`read_framework`, `IMPORTERS`), `documents` (JSON, YAML, XML and CSV, bounded),
`cursor` (strict taking of parts), `importer` (what an importer is), and one module per source: `oscal` with
`oscal_xml` and `profile`, `atlas`, `cosai`, `house`.
"""
