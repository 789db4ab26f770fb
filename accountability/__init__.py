"""Fault accountability 过错责任追究: warning cards, corrections, fault cases and the papers that go with them."""
