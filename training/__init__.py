"""From a labelled set to a model folder."""
