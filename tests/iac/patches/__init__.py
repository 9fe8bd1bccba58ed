"""Patches of templates."""
