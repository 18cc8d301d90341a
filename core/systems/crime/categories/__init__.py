"""Categories of incidents as they are answered: calibrated probabilities, prediction sets, NIBRS groups, their JSON."""

ABOUT = "category of a reported incident"
"""What every answer is about, in words."""
