"""A form on paper: what one school would be asked, to be counted before it is typed."""
