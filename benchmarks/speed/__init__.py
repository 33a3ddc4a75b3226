"""Abstracts a second and micro-F1: Tagstract, and what one would use instead."""
