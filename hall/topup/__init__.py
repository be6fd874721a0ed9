"""Data top-up: who may buy, the order and its states, what moves it.

saga.py has the states and moves as a table, eligibility.py the refusals, orders.py placing and
looking up, paying.py what a payment does, courier.py everything that goes out of the house.
"""
