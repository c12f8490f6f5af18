"""Users, programs, roles, permissions, tokens (Django app)."""
