"""Government-affairs disclosure 政务公开: catalogue, documents, requests for information."""
