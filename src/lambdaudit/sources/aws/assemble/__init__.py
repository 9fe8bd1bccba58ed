"""From the answers of a live account to typed assets: one module for each topic; `inventory.py` puts them together."""
