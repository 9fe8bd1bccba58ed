"""Outputs, one module each: what an audit found, for people and for machines. They read a Report and nothing else."""


class ReportError(Exception):
    """A report that cannot be read, or an output that cannot be made; the text is one line: what, where, what to do."""
