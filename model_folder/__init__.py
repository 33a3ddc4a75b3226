"""A model folder: the one thing that training and serving share."""
