"""The verbs of the command line: parse, call the app, print."""
