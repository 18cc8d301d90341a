"""What people do about alerts by hand: change rules, and try whether messages arrive."""
