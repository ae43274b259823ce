"""Figures of campaigns: kept beside the raw rows (settle.py), read flat (load.py), as tables (tables.py).

Nothing is imported here: the database itself needs settle.py, and load.py needs the database.
"""
