"""Files of citizens: checked, cleaned, stored (docs/trust.md U-01 to U-07)."""
