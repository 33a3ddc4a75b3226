"""Text out of bytes and markup: encodings, LaTeX, what is prose and what is a title."""
