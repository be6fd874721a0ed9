"""The `rasa` command in this installation: `python -m bot.engine.rasa train|test|data validate …`."""

from __future__ import annotations

import os

os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")

from bot.engine.import_stubs import install

install()

if __name__ == "__main__":
    from rasa.__main__ import main

    main()
