"""A few labels of one site make a system's answers there better: a small head, what to label next, whether it helps.

Knows no system, no store and no page: features and class logits go in. `core.inference.sites` keeps what comes out.
"""
