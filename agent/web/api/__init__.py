"""The JSON API for programs: one table of operations, from which the OpenAPI document is made."""
