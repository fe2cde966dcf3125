"""What the legacy managers did, recorded from them, and the calls that showed it."""
