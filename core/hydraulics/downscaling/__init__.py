"""From the coarse water of the sub-grid solver to depth and discharge on the fine terrain."""
