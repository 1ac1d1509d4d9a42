"""What a domain is to hold, as plain documents: no clock, no socket, no state."""
