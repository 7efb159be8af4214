"""ntpd112: the software of an Indonesian city's 112 emergency room."""
