"""`make bench-pull`: how fast, how light and how fresh the mirror of a Central is."""
