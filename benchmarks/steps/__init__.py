"""What each idea for a better training gives, one at a time, beside the plain recipe."""
