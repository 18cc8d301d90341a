"""What is made of a forecast: files, outlines, flow paths, depths at assets, a summary and one class."""
