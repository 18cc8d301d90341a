"""Records as numbers: inputs of the context network (place and time) and of the coding network (offence texts)."""
