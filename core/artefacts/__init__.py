"""Files: those that answers bring, those that hold trained networks, and their hashes."""
