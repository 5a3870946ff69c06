"""What Claude does around a model: token counts, cuts, usage. For backends with none of their own."""
