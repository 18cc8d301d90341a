"""The pieces of the page Flood."""
