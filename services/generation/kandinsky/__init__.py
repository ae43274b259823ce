"""Kandinsky 2.1 and 2.2 through diffusers: conditions to embeddings, embeddings to pictures."""
