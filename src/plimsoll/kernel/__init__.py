"""The shared words: ids, units, clock, errors, verdict, canonical bytes; no Django, no I/O."""
