"""Where observations come from: traps, polls, operators; each source runs on its own and hands over to the Intake."""
