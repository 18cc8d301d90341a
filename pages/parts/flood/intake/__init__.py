"""What a forecast is asked: an area, rain, inflows and options."""
