"""Maps that a person draws on, and the section that is read along a line that was drawn."""
