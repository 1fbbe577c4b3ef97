"""How the frames of this package are displayed: a choice of columns and rows, as HTML and in a terminal."""
