"""What lasts: tables, engine, repositories and migrations. Knows nothing of the packages above it."""
