"""Python: source files to the common tree, and how imports find files."""
