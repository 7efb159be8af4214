"""The command ``ntpd112``: see :mod:`ntpd112.cli.commands`."""


def main() -> None:
    """Run the command line."""
    from ntpd112.cli import commands  # noqa: PLC0415  so that its parts can be imported without all the others

    commands.main()
