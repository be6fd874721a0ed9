"""Stock Rasa in an environment of its own: installed, given the hall's intents, examples and responses, trained."""
