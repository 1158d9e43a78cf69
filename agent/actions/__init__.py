"""From approved to done: a protocol written as generators of effects, so that the same code runs in production and in
a simulator of everything that can go wrong."""
