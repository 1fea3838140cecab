"""The commands of `radqa` that are not about asking."""
