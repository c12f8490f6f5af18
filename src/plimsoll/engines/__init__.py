"""Pure reasoning, one package per skill, strangers to each other; no Django, no I/O."""
