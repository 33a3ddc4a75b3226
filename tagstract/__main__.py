"""`python -m tagstract`: the command line."""

from tagstract.serving.cli import main

raise SystemExit(main())
