"""Passwords are kept as slow hashes, and easy ones are refused."""

import time

import pytest

from agent.access.passwords import LONGEST, Passwords
from agent.errors import ConfigError

QUICK = Passwords(memory=64, rounds=1)


def test_a_password_fits_its_own_hash_and_no_other() -> None:
    kept = QUICK.hashed("correct horse battery", "ann")
    assert QUICK.fits("correct horse battery", kept)
    for wrong in ("correct horse batter", "Correct horse battery", "", " correct horse battery"):
        assert not QUICK.fits(wrong, kept)
    assert QUICK.hashed("correct horse battery", "ann") != kept


def test_what_is_kept_is_argon2id_of_64_mebibytes() -> None:
    assert Passwords().hashed("correct horse battery", "ann").startswith("$argon2id$v=19$m=65536,t=3,p=1$")


@pytest.mark.parametrize("easy", ["short", "a" * 20, "abab" * 5, "ann is my name 1", "x" * (LONGEST + 1)])
def test_easy_passwords_are_refused(easy: str) -> None:
    with pytest.raises(ConfigError):
        QUICK.hashed(easy, "Ann")


def test_an_unknown_user_takes_as_long_as_a_known_one() -> None:
    slow = Passwords(memory=4_096, rounds=3)
    kept = slow.hashed("correct horse battery", "ann")
    taken = []
    for hash_ in (kept, None):
        begun = time.process_time()
        for _ in range(5):
            assert not slow.fits("not the password", hash_)
        taken.append(time.process_time() - begun)
    assert 0.4 < taken[0] / taken[1] < 2.5


def test_a_damaged_hash_and_a_very_long_password_let_nobody_in() -> None:
    kept = QUICK.hashed("correct horse battery", "ann")
    assert not QUICK.fits("correct horse battery", kept[:-4])
    assert not QUICK.fits("correct horse battery", "plain")
    assert not QUICK.fits("x" * 1_000_000, kept)
