"""The engine of Clippings: articles in, cited passages out. Knows nothing of Discord."""
