"""Rows and columns: delimited text and which column holds what."""
