"""The support domain: contact form, tickets, their delivery to the team, and the customer's status page."""

import core  # noqa: F401 - says with how many threads numpy computes, which must be known before it is imported
