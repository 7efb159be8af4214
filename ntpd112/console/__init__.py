"""The operators' console: the page and what serves it."""
