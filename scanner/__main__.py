"""The front door: `scanner` and `python -m scanner`."""

from scanner.cli import early
from scanner.cli.clock import STARTED

__all__ = ["STARTED", "main"]


def main() -> None:
    """Run the verb that the command line names, and exit with its code."""
    early.prepare()
    from scanner.cli.main import scanner  # noqa: PLC0415 - not before signals are heard

    scanner(prog_name="scanner")


if __name__ == "__main__":
    main()
