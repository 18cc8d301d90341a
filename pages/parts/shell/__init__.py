"""What surrounds every page: opening, login, navigation, temporary files."""
