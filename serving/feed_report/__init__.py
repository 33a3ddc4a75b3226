"""What changed in a tagged feed: `profile` counts, `trends` compares, `text` and `html` show."""
