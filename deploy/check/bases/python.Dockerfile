# A stand-in for the public base image of Python.
FROM scratch
ADD debian.tar /
COPY ca-certificates.crt /etc/ssl/certs/
ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt \
    NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
RUN ln -s python3 /usr/bin/python \
 && rm /usr/lib/python3*/EXTERNALLY-MANAGED
