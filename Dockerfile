# The service in a container: docker build -t clearpost . && docker run -p 8000:8000 -v clearpost:/data clearpost
FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /opt/clearpost
COPY requirements.txt .
RUN /opt/clearpost/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml README.md ./
COPY app app
COPY migrations migrations
RUN /opt/clearpost/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
    && /opt/clearpost/bin/pip uninstall --yes pip

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin clearpost \
    && install --directory --owner=clearpost --group=clearpost --mode=700 /data
COPY --from=build /opt/clearpost /opt/clearpost
ENV PATH=/opt/clearpost/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    CLEARPOST_DATABASE_URL=sqlite:////data/clearpost.db
USER clearpost
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "-c", \
    "import http.client, sys; c = http.client.HTTPConnection('127.0.0.1', 8000, timeout=4); c.request('GET', '/readyz'); sys.exit(c.getresponse().status != 200)"]
ENTRYPOINT ["clearpost"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
