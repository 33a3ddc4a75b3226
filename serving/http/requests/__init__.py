"""From the bytes of a request to what it asks for: JSON bodies, options, feed files."""
