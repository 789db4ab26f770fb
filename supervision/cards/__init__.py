"""Warning cards and the scores of a month."""
