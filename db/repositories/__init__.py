"""Rows in and out, one small class per root table, over a Session that the caller opened.

No rules and no commits here: those are the services'.
"""
