"""Generated tables, each with the script that made it and its date."""
