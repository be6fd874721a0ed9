"""The business of the hall: its rules, records and books. Knows neither Rasa nor Sanic."""
