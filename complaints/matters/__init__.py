"""Matters 办件: departments' systems report each application, and the portal holds it to the promised time."""
