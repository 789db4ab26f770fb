"""Annual responsibility letters 责任书: made of the post sheets, frozen, signed by holder and leader (docs/domain.md 7)."""
