"""What is said: the Jinja2 templates of bot/domain, by answer and channel.

An action names an answer and hands over facts: objects, fen, months. The answer's template says them; its
loops and conditions are in the template, filters only format. Knows nothing of Rasa.
"""

from bot.answers.renderer import Answers
from bot.answers.source import DOMAIN, AnswerError

__all__ = ["DOMAIN", "AnswerError", "Answers"]
