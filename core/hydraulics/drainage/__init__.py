"""Where water runs on terrain: flow directions, flow accumulation and thin flow on slopes."""
