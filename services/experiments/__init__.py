"""Experiments: the same briefs and seeds with different ways of retrieving, and what made a difference."""
