"""Where passages are kept and searched: the index's own files, Milvus, or Postgres with pgvector, behind one protocol."""
