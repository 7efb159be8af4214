"""Simulated citizens, operators and agencies: real SIP by SIPp, real audio, on real addresses of this machine.

Used by the tests, the demo and the load runs. :class:`~ntpd112.simulate.citizen.Citizen` calls in through a trunk,
:class:`~ntpd112.simulate.phone.SoftPhone` is an operator's registered phone, :class:`~ntpd112.simulate.phone.Phone` a
gateway that takes calls. All are context managers that leave no process, task or file behind.
"""

from ntpd112.simulate.behaviour import Answer, AnswerAfter, Busy, Decline, EarlyMedia, Mute, NoAnswer, Unavailable
from ntpd112.simulate.citizen import Citizen, CitizenResult, HangUp, Identity, Press
from ntpd112.simulate.phone import Phone, SoftPhone
from ntpd112.simulate.sipp import Address, SimulationError

__all__ = [
    "Address",
    "Answer",
    "AnswerAfter",
    "Busy",
    "Citizen",
    "CitizenResult",
    "Decline",
    "EarlyMedia",
    "HangUp",
    "Identity",
    "Mute",
    "NoAnswer",
    "Phone",
    "Press",
    "SimulationError",
    "SoftPhone",
    "Unavailable",
]
