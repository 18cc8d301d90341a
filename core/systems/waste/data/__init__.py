"""Labelled photos: read, grouped and split; varied for training."""
