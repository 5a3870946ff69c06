"""What Claude does around a model, for backends with none of their own: counts, cuts, usage."""
