"""A simulated Amazon over real HTTP: a market that reacts, a clock that can be driven, faults on request.

``server.SandboxServer`` runs it inside a program, ``server.serve`` for the command line. Nothing in here is used when
Steward talks to the real Amazon. How to write a scenario: docs/sandbox.md.
"""
