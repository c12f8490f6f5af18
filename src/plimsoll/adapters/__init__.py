"""The only code that touches the outside world: files, tools, processes, the network."""
