"""A room that plays by itself: simulated citizens call it, simulated operators answer, and the counts are compared."""
