"""What keeps the API useful under load: a bounded, fair queue with deadlines, bodies within memory, health at once."""
