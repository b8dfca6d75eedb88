"""The job that gets and renews the certificate of the TLS server beside the chat (docs/https.md).

HAProxy serves (`haproxy.cfg`), the script `start` runs both. Nothing else imports this package, and
it imports nothing of the chat.
"""
