"""Reports: one small document tree, rendered to HTML, Markdown and Typst with the same numbers.

Table of contents: `inlines` (runs of text, figures, status words), `document` (blocks and the tree),
`reading` (reading order, numbers, sources), `svg` (which drawings are let in); `html`, `markdown` and
`typst_source` with its `typst_prelude` (the renderers); `brief_facts` and `brief` with
`brief_systems` and `brief_words` (the one-page brief), `page_room` (how much fits on a page),
`wording` (dates and short sentences).
"""
