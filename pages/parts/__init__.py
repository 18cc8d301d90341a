"""Pieces that several pages draw: the navigation, the login, answers, charts. The pages themselves import nothing of one another."""
