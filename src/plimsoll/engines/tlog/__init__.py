"""The trusted log's arithmetic: RFC 6962 tree, salted commitments, signed checkpoints, exports.

Table of contents: `merkle` (hashes, roots, inclusion proofs), `commitment` (content behind salt),
`fields` (a payload cut into fields), `leaf` (the bytes of an entry), `note` (signed notes and keys),
`checkpoint` (origin, size, root), `disclosure` (some fields of one entry), `erasure` (what was
destroyed, said by an entry), `export` with `export_lines`, `absence` and `report` (a whole log as text,
and its verification).
"""
