"""XML: parsed with limits, its elements as fields, the items of feeds."""
