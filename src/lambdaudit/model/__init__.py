"""The vocabulary of lambdaudit: assets, Unknown, findings, the inventory. Imports nothing else of the package."""
