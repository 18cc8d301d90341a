"""How right the waste model is, what a photo costs it, and whether choosing what to label pays."""
