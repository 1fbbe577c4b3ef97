"""An embedded Tracker: real HTTP on loopback, no account needed; shares no code with the client."""
