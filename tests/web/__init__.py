"""The control socket, and the journal on its way to other machines."""
