"""Known weaknesses of third-party software: OSV advisories, versions, the offline database and the online service."""
