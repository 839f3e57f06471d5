"""Dev: what only contributors need, in a clone of the repository."""
