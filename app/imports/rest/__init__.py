"""OneRoster over REST: a provider is read whole, or it is no delivery.

What comes is written as the files of an ordinary OneRoster delivery, and taken in as any other.
"""
