"""Own areas: how models trained on anyone's labelled papers compare with what else is at hand."""
