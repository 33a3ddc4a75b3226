"""From papers to tags. Imports neither torch nor transformers nor datasets."""
