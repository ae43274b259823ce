"""Libraries of other tools: a FAISS index and its list of file names become items; files join later."""
