"""The trusted log: append-only entries, Merkle root, signed checkpoints (Django app)."""
