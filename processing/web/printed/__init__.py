"""A return on one page: what was sent, condensed to be signed and stamped."""
