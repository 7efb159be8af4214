"""The records store: finished facts in a database, written in batches, never waited for by a call."""
