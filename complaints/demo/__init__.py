"""The demonstration: people of Foshan's organs and a hundred cases, each a story of its own."""
