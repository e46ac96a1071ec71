"""Schedule to score: which windows a node has, and what is in turn in each."""
