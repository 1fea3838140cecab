# radqa behind its HTTP API. Nothing is fetched when it runs: code, models, vocabulary and index are in the image.
#   docker build -t radqa .
#   docker build -t radqa --build-arg TORCH_INDEX=ADDRESS .      the CPU build of PyTorch: its "Get started" page has the address
FROM python:3.11-slim-bookworm AS build

ARG TORCH_INDEX=""
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/radqa
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE NOTICE ./
RUN /opt/radqa/bin/pip install --no-cache-dir ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} -c constraints.txt torch
COPY corpora corpora
COPY retrievers retrievers
COPY agent agent
COPY ui ui
COPY evals evals
COPY serve serve
COPY radqa radqa
# the index is built here and chosen by RADQA_INDEX: it is opened as it is, so the root file system can be read-only
RUN /opt/radqa/bin/pip install --no-cache-dir ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} -c constraints.txt \
    ".[serve,mcp,ui,postgres,milvus,redis,ollama,anthropic]" \
    && XDG_CACHE_HOME=/tmp/cache /opt/radqa/bin/radqa index build --out /opt/radqa/index

FROM python:3.11-slim-bookworm

COPY --from=build /opt/radqa /opt/radqa
RUN useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin radqa \
    && install -d -o radqa -g radqa -m 0700 /data
ENV PATH=/opt/radqa/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    RADQA_INDEX=/opt/radqa/index \
    RADQA_SERVE_HOST=0.0.0.0 \
    RADQA_SERVE_DATA=/data/serve \
    XDG_CACHE_HOME=/data/cache \
    XDG_CONFIG_HOME=/data/config \
    XDG_DATA_HOME=/data
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=120s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/readyz', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["radqa"]
CMD ["serve"]
