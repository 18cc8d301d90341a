"""The tab Alerts: every rule with its state, who looks after it, who was told; muting and changing rules."""
