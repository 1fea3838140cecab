"""Live web sources, one file each behind the retriever protocol. Nothing here is imported unless a setting turns the web on.

`voice.py` asks all chosen sources for one question and is joined to the index's voices by `join.py`; `http.py` owns every request
(time, politeness, cache, size, addresses through `guard.py`), `outbound.py` what may leave, `clean.py` what may come in.
"""
