# One image for every role: `serve`, `worker`, `doctor`, … are its commands.
FROM python:3.12-slim AS build
WORKDIR /src
COPY requirements/run.txt requirements/run.txt
RUN python -m venv /opt/memosd \
    && /opt/memosd/bin/pip install --no-cache-dir --no-deps --require-hashes --requirement requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN /opt/memosd/bin/pip install --no-cache-dir --no-deps .

FROM python:3.12-slim
RUN useradd --system --uid 10001 --user-group --no-create-home memosd \
    && install --directory --owner memosd --group memosd --mode 0700 /data
COPY --from=build /opt/memosd /opt/memosd
ENV PATH=/opt/memosd/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    MEMOSD_DATA_DIR=/data \
    MEMOSD_HOST=0.0.0.0
USER 10001:10001
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
# /ready also looks at the database, the queue and the embedder; a container that only waits for these must not be killed.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=2)"]
ENTRYPOINT ["memosd"]
CMD ["serve"]
