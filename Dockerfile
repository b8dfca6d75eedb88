# The chat as one small image, the same on a laptop (history in a volume at /data) and on ECS
# (history in DynamoDB); docs/deploy.md says how to build and run it. The target `https` is the image of
# the TLS server beside it.

# The browser client and its libraries. The files don't depend on the processor.
FROM --platform=$BUILDPLATFORM node:24-slim AS browser
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --silent
COPY scripts/vendor.mjs scripts/build-static.mjs ./
COPY chat/static source
RUN node vendor.mjs node_modules source/vendor && node build-static.mjs source static

# The Python packages, without the parts that the chat never loads. All but the last stage of an image is
# made on the processor of this machine, whatever the image is for.
FROM --platform=$BUILDPLATFORM python:3.13-slim-trixie AS packages
ARG TARGETARCH
WORKDIR /build
COPY requirements.txt deploy/install-packages deploy/prune-packages ./
RUN ./install-packages "$TARGETARCH" requirements.txt /venv \
 && ./prune-packages /venv dynamodb sts \
 && python -m compileall -q --invalidation-mode unchecked-hash /venv

# The chat itself: compiled, because at run time the root file system is read-only, and with the built
# client instead of its source files.
FROM --platform=$BUILDPLATFORM python:3.13-slim-trixie AS chat
WORKDIR /image/app
COPY chat chat
RUN rm -r chat/static
COPY --from=browser /build/static chat/static
COPY deploy/healthcheck.py gunicorn.conf.py wsgi.py ./
RUN python -m compileall -q --invalidation-mode unchecked-hash -s /image -p / /image \
 && install -d -o 10001 -g 10001 /image/data

# The TLS server beside the chat (docs/https.md): HAProxy, and a job that gets its certificate.
FROM --platform=$BUILDPLATFORM python:3.13-slim-trixie AS haproxy
ARG TARGETARCH
WORKDIR /build
COPY deploy/https/unpack-haproxy ./
RUN ./unpack-haproxy "$TARGETARCH" /image

FROM --platform=$BUILDPLATFORM python:3.13-slim-trixie AS https-packages
ARG TARGETARCH
WORKDIR /build
COPY requirements-https.txt deploy/install-packages deploy/prune-packages ./
RUN ./install-packages "$TARGETARCH" requirements-https.txt /venv \
 && ./prune-packages /venv ssm \
 && python -m compileall -q --invalidation-mode unchecked-hash /venv

FROM --platform=$BUILDPLATFORM python:3.13-slim-trixie AS https-job
WORKDIR /image/app
COPY deploy/https deploy/https
RUN rm deploy/https/unpack-haproxy \
 && python -m compileall -q --invalidation-mode unchecked-hash -s /image -p / /image \
 && install -d -o 10001 -g 10001 /image/certificates

FROM python:3.13-slim-trixie AS https
COPY --from=haproxy /image /
COPY --from=https-packages /venv /venv
COPY --from=https-job /image /
WORKDIR /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HTTPS_STORE=file:///certificates
USER 10001:10001
EXPOSE 8080 8443
# It gets SIGTERM: it is process 1, or the child of an init process that forwards signals.
CMD ["/app/deploy/https/start"]

ARG VERSION=dev
LABEL org.opencontainers.image.title="Cloud Chat: HTTPS" \
      org.opencontainers.image.description="The TLS server beside the chat, with certificates of Let's Encrypt" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION"

FROM python:3.13-slim-trixie
COPY --from=packages /venv /venv
COPY --from=chat /image /
WORKDIR /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 \
    PORT=8000 \
    CHAT_HISTORY=sqlite:////data/chat.db
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
  CMD ["python", "-IS", "healthcheck.py"]
# Gunicorn gets SIGTERM: it is process 1, or the child of an init process that forwards signals.
CMD ["gunicorn"]

ARG VERSION=dev
LABEL org.opencontainers.image.title="Cloud Chat" \
      org.opencontainers.image.description="Room chat that a team runs in its own AWS account" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION"
