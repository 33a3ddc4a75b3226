"""How good a model is: figures, intervals, and the report that shows them."""
