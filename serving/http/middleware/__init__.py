"""What a call passes on its way to the service, from the outside in."""
