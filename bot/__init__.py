"""Clippings in Discord: the rim around the engine."""
