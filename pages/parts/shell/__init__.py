"""What surrounds every page: opening, login, navigation, recent work."""
