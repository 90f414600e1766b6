"""The command line: one subcommand a verb, each imported only when it is used."""

from motion_transfer.cli.main import main

__all__ = ["main"]
