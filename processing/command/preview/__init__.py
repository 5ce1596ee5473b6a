"""The page in which a form can be tried, and the files of others that it needs."""
