"""``/api/v1``: one file per resource, each with its ``OPERATIONS``."""
