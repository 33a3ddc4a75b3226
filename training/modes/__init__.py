"""The ways to train a model, each from labelled papers to a model folder."""
