"""One file that holds a studio: its database, its pictures, its brand fonts and chosen settings.

services.backup.write     backup: safe while the studio works
services.backup.check     is a file whole, and what is in it
services.backup.restore   into an empty studio, or in place of one
services.backup.kept      backups in the data folder, made from the Settings page
"""
