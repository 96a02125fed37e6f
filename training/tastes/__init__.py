"""What people of a taste turn down and take, by taste."""
