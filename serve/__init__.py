"""The doors for programs: an HTTP API (`radqa serve`), a server of the Model Context Protocol (`radqa mcp`), bridges to frameworks."""
