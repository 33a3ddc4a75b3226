"""Learning from a teacher: targets of unlabelled papers, and the cheap stages of a cascade."""
