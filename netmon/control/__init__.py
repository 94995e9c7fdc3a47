"""What the engine answers: its HTTP address for machines, and the internal requests of web and command line."""
