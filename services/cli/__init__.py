"""`python -m services.cli ...`: everything a page does, scriptable.

With `--json` each command prints one JSON document on standard output. Exit 0, or 2 with one sentence
on standard error for bad input.
"""
