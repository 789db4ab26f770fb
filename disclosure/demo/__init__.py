"""The demonstration of disclosure: a filled catalogue with visible gaps, and some hundred documents written for it."""
