"""Measurements against the product's targets; each prints its figures with n and what they are compared with."""
