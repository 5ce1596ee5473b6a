"""A sheet of paper with the codes of one tablet, and what to do with them."""
