"""What a person says about what is remembered: put this word for that, this is so and not so, forget that."""
