"""Accounts: the customer organisation, its API keys, its hosts and operators, and who is calling."""
