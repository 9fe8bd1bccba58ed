"""Live accounts: a declarative table of read-only calls, the run that makes them, and the typed assets they give."""
