"""Making, checking and changing taxonomies."""
