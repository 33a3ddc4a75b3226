"""Which way of tagging is best: peers and ours, trained and scored on the same papers."""
