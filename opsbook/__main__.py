"""The program's own door: ``python -m opsbook``, and the command ``opsbook``. The version is told before anything is imported."""

import sys

from opsbook import __version__


def main() -> None:
    """Run the command line; Ctrl-C ends it at any moment with exit code 130 and without a word."""
    if sys.argv[1:] == ["--version"]:
        print(f"opsbook {__version__}")
        return
    try:
        from opsbook import cli

        cli.main()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
