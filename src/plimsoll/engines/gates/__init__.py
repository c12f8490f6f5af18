"""Gates: what is proven, which criteria hold, who signed, what may be decided, what the status is.

Table of contents: `proof` (evidence → requirement), `facts` (all a gate may look at), `conditions`
(one small function per kind of criterion), `evaluate` (all criteria, all reasons), `snapshot` (frozen
facts and what became stale), `quorum` (signatures, independence, allowed outcomes), `status`
(computed colour that a person can only worsen).
"""
