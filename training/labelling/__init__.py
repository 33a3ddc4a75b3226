"""Work on labels: what to label first, what looks wrong, which papers are there twice."""
