"""The trusted log's arithmetic: RFC 6962 tree, salted commitments, signed checkpoints, exports.

Table of contents: `merkle` (hashes, roots, inclusion proofs), `commitment` (payloads behind salt),
`leaf` (the bytes of an entry), `note` (signed notes and keys), `checkpoint` (origin, size, root),
`export` (a whole log as text, and its verification).
"""
