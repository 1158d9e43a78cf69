"""One file per channel. Each composes the vendor's own format within its limits, signs as the vendor does, and reads
the vendor's answer: a refusal may come with HTTP 200."""
