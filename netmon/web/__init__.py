"""The web process: reads the committed store and never writes; what changes something is asked of the engine."""
