"""``python -m lambdaudit``: the same as the ``lambdaudit`` command."""

from lambdaudit.cli import main

main()
