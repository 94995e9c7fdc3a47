"""What the user writes: configuration, inventory and rule files, read strictly and typed."""
