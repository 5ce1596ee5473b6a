"""ODK Web Forms in a browser: the files of others, and what a page must allow them."""
