"""Records as numbers: inputs of the context network and of the coding network."""
