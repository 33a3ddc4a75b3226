"""The pipeline of the default model on one GPU in a quarter of an hour: pack, run, unpack."""
