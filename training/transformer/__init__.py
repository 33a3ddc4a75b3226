"""The transformer: its base, fine-tuning, forward passes and export to ONNX."""
