"""One module per thing that moto lacks or loses, and that the stack's users need."""
