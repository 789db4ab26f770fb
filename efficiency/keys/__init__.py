"""Keys by which systems of departments and of others speak to the portal (docs/trust.md, matrix column Sy)."""
