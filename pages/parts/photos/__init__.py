"""The pieces of the page Waste."""
