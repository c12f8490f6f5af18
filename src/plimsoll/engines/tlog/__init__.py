"""The trusted log's arithmetic: RFC 6962 tree, salted commitments, signed checkpoints, exports.

Table of contents: `merkle` (hashes, roots, proofs of inclusion and consistency), `keys` (kinds of key, their
text), `note` (signed notes), `checkpoint` (origin, size, root), `cosignature` (who saw it when),
`commitment` (content behind salt), `fields` (a payload cut into fields), `leaf` (the bytes of an entry),
`disclosure` (some fields of one entry), `erasure` (what was destroyed, said by an entry), `export` with
`export_lines`, `absence` and `report` (a whole log as text, and its verification), `policy` (whom one
believes), `standing` (how a checkpoint stands to keys and witnesses), `proof` (one entry, as a text file),
`receipt` (the same as RFC 9942 has it).
"""
