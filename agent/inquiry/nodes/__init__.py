"""The nodes of an inquiry, one per file: `async def node(state, runtime) -> update`."""
