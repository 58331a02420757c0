//! The program: server, request path, API, queue, commands.
