"""Labelled papers as arrays, the held-out split, and the cache of what is computed from them."""
