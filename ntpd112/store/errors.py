"""What can go wrong with the records' database, in words for the person who must mend it.

StoreError
├── DatabaseUrlError    the address makes no sense
└── MigrationError      the database cannot be brought to this program's shape
    ├── DatabaseUnreachableError
    ├── DatabaseLockedError
    ├── DatabaseNewerError         written by a later version of the program
    └── DatabaseUnfitError   reachable, but not a database for us
"""

from __future__ import annotations


class StoreError(Exception):
    """The records' database cannot be used; the text says why and what to do."""


class DatabaseUrlError(StoreError):
    """The database's address cannot be understood or is not supported."""


class MigrationError(StoreError):
    """The database was not brought to the program's revision; it is as it was before."""


class DatabaseUnreachableError(MigrationError):
    """Nobody answers there, or they refuse us."""


class DatabaseLockedError(MigrationError):
    """Somebody else holds the database or migrates it just now."""


class DatabaseNewerError(MigrationError):
    """The database's revision is unknown here: a later version of the program wrote it."""


class DatabaseUnfitError(MigrationError):
    """It is reachable, but not made for these records."""
