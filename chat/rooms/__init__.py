"""Which rooms there are, and who may enter them."""
