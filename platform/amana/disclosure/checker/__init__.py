"""The checker: what ``audit`` judges by. It reads publications alone, and shares nothing with what made them."""
