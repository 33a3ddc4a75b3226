"""Tagged papers out: one module a format."""
