"""Reviews of integrity risk points 廉政风险点: owed each year and when a post changes, each a promise of the engine."""
