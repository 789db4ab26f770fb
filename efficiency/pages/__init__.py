"""What every page shares: the frame, components, menu, site identity, language and view, error pages (docs/ui.md)."""
