"""The chat's pages, one file each: `page()` draws one rerun.

Not called `pages`: Streamlit takes a folder of that name beside the main script for pages of its own, before it reads ours.
"""
