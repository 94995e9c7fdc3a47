"""The values that flow through netmon: frozen, plain, without I/O."""
