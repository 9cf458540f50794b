"""A pretend Hotline on 127.0.0.1; shares no code with the client it answers."""
