"""`python -m bot` is the command `yingting`."""

from bot.cli import main

main()
