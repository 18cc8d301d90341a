"""Photos: prepared for the network and described; labelled ones read, grouped, split, and varied for training."""
