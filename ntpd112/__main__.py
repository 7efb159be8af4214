"""``python -m ntpd112`` is the command ``ntpd112``."""

from ntpd112.cli import main

if __name__ == "__main__":
    main()
