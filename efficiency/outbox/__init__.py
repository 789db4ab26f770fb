"""Messages that commit with their cause and leave afterwards: ``post`` writes them, ``send_due`` sends them."""
