"""The program: the command line, the wiring of one operator's hall, the server and the worker."""
