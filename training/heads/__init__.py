"""The heads on top of the encoder, and beside it: fitted, calibrated, checked for scope."""
