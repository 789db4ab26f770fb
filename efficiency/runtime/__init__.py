"""Embedded servers, the portal command and browser assets."""
