"""Measuring retrieval on data sets."""
