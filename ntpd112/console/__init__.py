"""The console: the pages and the JSON API for operators, supervisors, admins and other systems.

A process of its own. It sees the room by deciding again what the controller decides (:mod:`ntpd112.console.replica`),
and acts through the control socket. Whatever happens to it, calls go on; pages stay whatever happens to the controller.
"""
