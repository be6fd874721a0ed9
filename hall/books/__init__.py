"""The books: what came in, what it is for, what went out, and what a person must decide.

ledger.py is the double-entry ledger, cases.py the desk's queue of money, receipts.py the money that came
beside an order, statements.py and reconcile.py the daily comparison with others' books,
compensation.py credit that is granted.
"""
