"""Feeds of advisories and bulletins, read from files and https addresses into entries of one shape.

What can be read: RSS 2.0 and Atom, CISA's catalog of known exploited vulnerabilities, answers of the NVD's CVE API 2.0, CVE
records 5.x, OSV, GitHub's security advisories, and CSAF 2.0. The content tells which it is.
"""

from .entry import Claim, Entry, FeedError, Row
from .read import Feed, open_feed, read_feed

__all__ = ["Claim", "Entry", "Feed", "FeedError", "Row", "open_feed", "read_feed"]
