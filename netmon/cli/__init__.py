"""The command ``netmon``: one file per command, joined in ``main.py``."""
