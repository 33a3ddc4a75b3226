"""Unlabelled papers as training data: a teacher gives their targets."""
