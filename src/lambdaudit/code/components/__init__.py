"""What third-party software a package, layer or image holds, read from the files themselves.

`read_components` looks at the names of all files and opens only the few that tell: metadata of installed packages, lock files,
source maps, bundles, jars and programs. It needs nothing but the files: a package without any manifest gives its list, too.
"""

from .collect import Collected, read_components
from .python import without_metadata
from .reach import imported_as, owner_of, with_reach
from .runtime import provided_by
from .tree import Folder, Tree

__all__ = [
    "Collected",
    "Folder",
    "Tree",
    "imported_as",
    "owner_of",
    "provided_by",
    "read_components",
    "with_reach",
    "without_metadata",
]
