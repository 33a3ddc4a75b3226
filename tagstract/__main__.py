"""`python -m tagstract`: the command line."""

from tagstract.cli.main import main

raise SystemExit(main())
