"""The Sage server: a warmed parent that forks a session for each worksheet."""
