"""Real servers for the mission critical tests: processes, never stand-ins."""
