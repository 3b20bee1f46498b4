"""Social networks: their hosts, and the handles and addresses of accounts in one form."""
