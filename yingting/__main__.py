"""`python -m yingting` is the command `yingting`."""

from yingting.cli import main

main()
