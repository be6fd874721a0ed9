"""The books: what came in, what it is for, what went out, and what a person must decide.

ledger.py is the double-entry ledger, audit.py proves it against orders, payments and refunds, cases.py is the
desk's queue of decisions about money, statements.py reads the files of providers and suppliers, reconcile.py
compares them with the books once a day, compensation.py grants credit.
"""
