"""Controllers on several machines: here on one, with nothing in common but Asterisk, PostgreSQL, secrets and city."""
