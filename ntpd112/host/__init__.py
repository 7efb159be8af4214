"""The machine side: packages, Asterisk and its private root, rendered configuration, prompts, music, secrets.

Start reading at :mod:`ntpd112.host.setup`, which brings a machine from nothing to ready. Imports ``ntpd112.config``
and ``ntpd112.settings`` and nothing else of ours.
"""
