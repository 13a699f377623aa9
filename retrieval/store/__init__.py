"""The library file: the engine's only SQL."""
