"""The last files of a model folder: metrics, card, and `model.json`."""
