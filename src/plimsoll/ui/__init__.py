"""Page furniture: components, templates, CSS (Django app)."""
