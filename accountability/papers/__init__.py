"""Notices, decisions and bundles of evidence as files that can be checked."""
