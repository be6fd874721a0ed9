"""The books' tests use the shop of the top-ups."""

from tests.hall.topup.conftest import shop as shop
