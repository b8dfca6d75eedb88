"""What makes Socket.IO fast and safe on eventlet, for any Flask-SocketIO application."""
