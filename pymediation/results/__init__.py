"""What an analysis returns: effects with intervals, and the objects that hold, print and compare them."""
