"""Data and credit top-up: who may buy, the order and its states, payment, delivery and refund.

states.py is the table of states and moves, eligibility.py holds the refusals, orders.py places an order, moves
it and looks it up. What others report is applied by payment.py (a payment), delivery.py (the supplier's state)
and refund.py (a refund). jobs.py handles the outbox messages that ask them, job.py is such a message,
notifications.py writes to the customer, back_office.py is what an agent does about money.
"""
