"""The trusted log's arithmetic: RFC 6962 tree, salted commitments, signed checkpoints, exports.

Table of contents: `merkle` (hashes, roots, proofs of inclusion and consistency), `keys` (kinds of key, their
text), `note` (signed notes), `checkpoint` (origin, size, root), `cosignature` (who saw it when),
`tree` and `tiles` (the whole tree; static files of a log), `storage` (a log on disk; split into `folder`,
`frame`, `journal`, `commit`, `history`, `promise` and `publication`), `published` (reading what a log
shows), `fsck` (deriving all of it anew), `witness` and `fork` (what a witness answers; two histories told
apart), `commitment` (content behind salt), `fields` (a payload cut into fields), `leaf` (the bytes of an
entry), `disclosure` (some fields of one entry), `erasure` (what was destroyed, said by an entry),
`sealing` and `event_proof` (segments of production events, and one event of them), `export` with
`export_lines`, `absence` and `report` (a whole log as text, and its verification), `policy` (whom one
believes), `standing` (how a checkpoint stands to keys and witnesses), `proof` (one entry, as a text file),
`receipt` (the same as RFC 9942 has it).
"""
