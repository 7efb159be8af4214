"""A client of AMI, Asterisk's manager interface: panoramisk behind a port that keeps what it promises."""

from ntpd112.pbx.ami.client import AmiClient, AmiConnected, AmiDisconnected, AmiItem
from ntpd112.pbx.ami.wire import AmiEvent

__all__ = ["AmiClient", "AmiConnected", "AmiDisconnected", "AmiEvent", "AmiItem"]
