"""What the page of one system begins with: the system's card, or what to do where it has no version in service."""

from __future__ import annotations

import streamlit as st

from core import inference


def card_of(system: str) -> inference.SystemCard:
    """The card of `system`; without a version in service the page says what to do and ends here."""
    card = next(card for card in inference.catalogue() if card.name == system)
    if card.champion is None:
        st.markdown(card.question)
        st.error(
            f"Expected a version of {card.title} in service. Found none. Train one with "
            f"`python -m core train {card.name}`, then make it the champion."
        )
        st.stop()
    return card
