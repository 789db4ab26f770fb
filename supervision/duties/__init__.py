"""First-receiver duty, one-time notice, internal coordination: how organs keep them."""
