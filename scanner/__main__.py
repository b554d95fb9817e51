"""The front door: `scanner` and `python -m scanner`."""

from scanner.cli.clock import STARTED  # isort: skip  # the clock starts before anything else is imported

from scanner.cli.main import scanner

__all__ = ["STARTED", "main"]


def main() -> None:
    """Run the verb that the command line names, and exit with its code."""
    scanner(prog_name="scanner")


if __name__ == "__main__":
    main()
