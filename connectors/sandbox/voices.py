"""What customers write: reviews, feedback, comments on returns. Plain words by stars and by category."""

from __future__ import annotations

from collections.abc import Sequence

PRAISE = (
    ("Does what it should", "Arrived quickly, works well and looks good."),
    ("Very happy", "Bought it for my mother and she uses it every day."),
    ("Good value", "Better than I expected at this price."),
    ("Would buy again", "Solid quality and easy to clean."),
)
MIDDLING = (
    ("It is okay", "Fine for the price, but nothing special."),
    ("Smaller than it looks", "Works, only smaller than the pictures suggest."),
)
COMPLAINTS = (
    ("Broke after two weeks", "Stopped working after two weeks, poor quality."),
    ("Not as described", "The colour and the material are not as described."),
    ("Parts missing", "The box was open and a part was missing."),
    ("Arrived damaged", "Came with a crack down one side."),
)
_DANGERS = {
    "Beauty": (
        ("Careful", "Nice texture, but it burned my skin and left red marks for days."),
        ("Allergic reaction", "My face was swollen the next morning, I had to see a doctor."),
        ("It burned my skin", "Used it twice and it burned my skin. Do not buy."),
    ),
    "": (
        ("Dangerous", "It overheated and started to smoke, we nearly had a fire."),
        ("I was injured", "A sharp edge cut my hand, it needed stitches in hospital."),
        ("Works, but be careful", "Good otherwise, but my son got an electric shock from it."),
    ),
}
FEEDBACK = {
    5: "Fast and exactly as promised.",
    4: "All good.",
    3: "Took longer than I thought.",
    2: "The parcel came late and nobody answered.",
    1: "Never arrived, no help from the seller.",
}
REASONS = (
    ("UNWANTED_ITEM", 24, "No longer needed"),
    ("DEFECTIVE", 22, "Stopped working after a few days"),
    ("NOT_AS_DESCRIBED", 16, "Looks different from the pictures"),
    ("QUALITY_UNACCEPTABLE", 12, "Feels cheap"),
    ("ORDERED_WRONG_ITEM", 10, "Ordered the wrong one by mistake"),
    ("DAMAGED_BY_CARRIER", 6, "The box was crushed"),
    ("MISSING_PARTS", 5, "A part was missing in the box"),
    ("MISSED_ESTIMATED_DELIVERY", 5, "Came too late"),
)
APPAREL_REASONS = (
    ("APPAREL_TOO_SMALL", 38, "Too small, runs a size short"),
    ("APPAREL_TOO_LARGE", 24, "Too large around the waist"),
    ("APPAREL_STYLE", 14, "Not my style"),
    *REASONS[:4],
)
TOPICS = {
    "Apparel": ("fit", "comfort", "material quality", "colour"),
    "Electronics": ("durability", "ease of use", "build quality", "heat"),
    "Beauty": ("effect on skin", "scent", "texture", "packaging"),
    "": ("quality", "ease of use", "size", "value for money"),
}


def reasons(category: str) -> Sequence[tuple[str, int, str]]:
    return APPAREL_REASONS if category == "Apparel" else REASONS


def danger(category: str, number: int) -> tuple[str, str]:
    """Title and text of a review that warns of harm."""
    texts = _DANGERS.get(category, _DANGERS[""])
    return texts[number % len(texts)]


def review(stars: int, luck: float) -> tuple[str, str]:
    texts = PRAISE if stars >= 4 else MIDDLING if stars == 3 else COMPLAINTS
    return texts[int(luck * len(texts))]
