"""Asterisk's edge: the clients of its two interfaces, and what the controller does with them.

The words *channel* and *bridge* exist in this package only. ``ari`` carries commands and call events, ``ami`` what ARI
cannot do (recording by MixMonitor, device states, redirecting a caller whom no controller serves).
"""
