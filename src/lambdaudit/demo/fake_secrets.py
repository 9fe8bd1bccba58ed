"""Invented secrets in the formats of real ones, put together here so that no scanner of sources takes them for leaks."""

DATABASE_URL = "postgres://" + "bookings:" + "h4rbour-Lights-77" + "@db.tidewater.example:5432/payments"
PAYMENT_API_KEY = "_".join(("sk", "live", "4fQmT8ZtideW4terB0okings7Lk2"))
ACCESS_KEY = "AKIA" + "Q3TIDEWATERDEMO2"

ALL = (DATABASE_URL, PAYMENT_API_KEY, ACCESS_KEY)
"""Every secret value of the demo: none may ever appear in a snapshot or a report."""
