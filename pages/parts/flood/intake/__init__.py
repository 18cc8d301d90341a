"""The forms of a forecast's request: area, rain, inflows and options."""
