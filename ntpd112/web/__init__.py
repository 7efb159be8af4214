"""What people and other programs reach over HTTP: for now the control socket of the command line."""
