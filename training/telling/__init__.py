"""Whether a line of talk tells anything of anybody."""
