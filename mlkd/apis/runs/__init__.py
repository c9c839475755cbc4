"""What finished runs left, as tables, curves and pictures."""
