"""Keeps one instance alive: Asterisk and the controller as two processes, each started again when it dies.

Asterisk is never touched because of the controller: callers hang on it.
"""
