"""Warning cards 黄牌、红牌: issued by the engine or by hand, explained, appealed, counted (docs/domain.md 9)."""
