"""What sites teach: their lessons, and the versions that come of them."""
