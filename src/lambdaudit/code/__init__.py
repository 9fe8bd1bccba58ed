"""The code of functions and layers: packages read safely, fetched on request, and handed to an analyser."""
