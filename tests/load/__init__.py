"""``make load``: the calls of an Indonesian city at a given rate, each of which has to have a record."""
