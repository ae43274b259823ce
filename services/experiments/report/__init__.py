"""The report of an experiment: one HTML file that needs nothing else, a PDF, and the files beside them."""
