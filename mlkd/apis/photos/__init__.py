"""Labelling photos that are in no data set."""
