"""The routing of calls: the city file, its checks, and its compilation into the core's plan.

Start reading at :mod:`ntpd112.config.schema` (what may stand in the file) and :mod:`ntpd112.config.load` (how it is
read). Imports ``ntpd112.core`` and nothing else of ours.
"""
