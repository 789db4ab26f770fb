"""The demonstration: people of Foshan's organs and a thousand cases, many of them stories of their own."""
