"""Maps of a flood that a person clicks or draws on, and the section along a line that was drawn."""
