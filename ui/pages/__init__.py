"""The chat's pages, one file each: `page()` draws one rerun."""
