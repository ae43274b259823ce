"""Blind votes between two variants, and what they say: a ranking, agreement, and how AIM compares."""
