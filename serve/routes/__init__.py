"""What can be asked over HTTP, one subject per file."""
