"""The rules that ``netmon demo`` writes into its folder, with their tests."""
