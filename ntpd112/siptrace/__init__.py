"""The passive ear: Asterisk mirrors each SIP message to it (HEP), and it tells the controller the little that matters.

A process of its own (:mod:`ntpd112.siptrace.process`). It informs and is never asked: whatever becomes of it, no call
notices. It keeps no file, as what it hears is personal data.
"""
