"""The trusted log's arithmetic: RFC 6962 tree, salted commitments, signed checkpoints, exports.

Table of contents: `merkle` (hashes, roots, proofs of inclusion and consistency), `keys` (kinds of key, their
text), `note` (signed notes), `checkpoint` (origin, size, root), `cosignature` (who saw it when),
`commitment` (payloads behind salt), `leaf` (the bytes of an entry),
`tree` and `tiles` (the whole tree; static files of a log), `storage` (a log on disk; split into `folder`,
`frame`, `journal`, `commit`, `history`, `promise` and `publication`), `published` (reading what a log
shows), `fsck` (deriving all of it anew), `export` (a whole log as text, and its verification).
"""
