"""One exchange in one process: from its sockets to our pipe."""
