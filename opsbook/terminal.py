"""Terminal: what the commands share, whichever file they stand in."""


class Refusal(Exception):  # noqa: N818  (what cannot be done)
    """What cannot be done, as one sentence in both languages: exit code 2."""
