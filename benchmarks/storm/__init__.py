"""Lookout in a storm: clients that give up and come back, ten times too many requests, slow connections beside."""
