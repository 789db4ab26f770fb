"""The demonstration: people of Foshan's organs and three hundred cases, half of them stories of their own."""
