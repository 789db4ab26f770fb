"""Plans: what an organ or a post is to reach, agreed, signed, changed only with approval (docs/domain.md 8.1)."""
