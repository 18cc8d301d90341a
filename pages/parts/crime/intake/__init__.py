"""A table on its way in: given or pasted, its columns as guessed, and whose city it is."""
