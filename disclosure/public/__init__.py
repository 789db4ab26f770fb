"""The public pages of disclosure: browsing, search, documents, feed (docs/ui.md, docs/domain.md 6)."""
