"""The dialogue: flows, the interpreter that runs them (no Rasa in it) and the policy around it."""
