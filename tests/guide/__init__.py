"""The forms in a real browser, and the field guide whose pictures are taken there."""
