"""Where bytes come from: files, standard input, archives, addresses."""
