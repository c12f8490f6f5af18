"""The trusted log's arithmetic: RFC 6962 tree, salted commitments, signed checkpoints, exports.

Table of contents: `merkle` (hashes, roots, proofs of inclusion and consistency), `keys` (kinds of key, their
text), `note` (signed notes), `checkpoint` (origin, size, root), `cosignature` (who saw it when),
`commitment` (payloads behind salt), `leaf` (the bytes of an entry),
`export` (a whole log as text, and its verification), `policy` (whom one believes), `standing` (how a
checkpoint stands to keys and witnesses), `proof` (one entry, as a text file), `receipt` (the same as
RFC 9942 has it).
"""
