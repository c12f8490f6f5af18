"""The walk over a model file, run in a limited process: nothing is loaded, everything is followed.

Table of contents: `walk` (the process), `subject` (what is to be looked at), `reading` (one file),
`formats` (what content looks like), `streams`, `opcodes`, `machine`, `memo` (pickle streams followed
to their end), `archive`, `archive_end`, `unpack` (zips by directory and by header), `tensors` (arrays
and safetensors), `parts`, `window`, `bytes` (bounded reading), `opinion` (picklescan's word).
"""
