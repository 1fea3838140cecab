"""The graph's nodes, one per file: `async def node(state, runtime) -> update`; state in, partial state out, no globals."""
