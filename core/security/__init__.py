"""Who may call, and what may be opened of what strangers send."""
