"""The way of a message, one module a step.

accept.py       A channel *accepts* a message: it is stored and de-duplicated.
scheduler.py    One worker a conversation is *scheduled*, here or in another process.
turn.py         The worker *runs* the turn: the engine understands, decides, acts; writes are staged.
commit.py       Everything that came of it is *committed* at once.
reply.py        The *reply* goes back in the response if the request still waits for it, else from the outbox.

service.py is the front door to all of it, record.py the conversation's row, inline_replies.py the requests that are
still open, pubsub.py who watches, redaction.py what is masked later on.
"""
