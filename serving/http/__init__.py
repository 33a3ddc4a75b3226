"""What stands between a caller and the tagger: settings, keys, limits, load, and what is seen."""
