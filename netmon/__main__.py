"""``netmon`` and ``python -m netmon``."""

from netmon.cli.main import main

if __name__ == "__main__":
    main()
