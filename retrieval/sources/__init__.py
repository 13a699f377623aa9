"""Anything a person names, read into articles."""
