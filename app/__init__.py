"""Clearpost answers one question before a school post goes out: may this be published?"""
