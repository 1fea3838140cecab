"""What follows from given values: points, responses, washout, comparisons. Pure and exact."""
