"""What an audit shows beside its findings: counts, and a page of facts for every function and everything around it.

All are pure functions of the inventory and the findings, worked out once; terminal, JSON and HTML only print them.
"""

from .assets import asset_views
from .functions import function_views
from .statistics import statistics

__all__ = ["asset_views", "function_views", "statistics"]
