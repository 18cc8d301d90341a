"""The model card: what a version is for, what it learnt from, what was measured, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.systems.waste.data.scenes import PHOTO_SIDE

CARD = """# Waste: material of the thing in a photo

**Answers** which of {materials} the one thing in a photo is made of, and whether it is plastic (the probability of the
plastic material; `trash`, which may hold plastic, does not count). **Meant for** sorting lines and clean-ups, with a
person who looks at what is "not sure". Of several things in one photo each is found and answered by itself. **Not meant
for** heaps and crowded belts, for weighing, for dangerous waste, or for any decision about a person.

## Network
EfficientNet-Lite2 at {size} px, fine-tuned from ImageNet weights but for its first seven blocks, then averaged with them
({tuned} of the trained ones); one map per class from the last feature map, averaged to the logit, so that the map shown is exactly what
decided. Whether it is plastic is asked first, then which of the other materials it is. {latency} ms a photo with LiteRT. The
features come out too: a site can teach a head on them with a few labels, which then answers there.

## Photos
Trained on clearly licensed photos only: {sources}.
TrashNet (Yang and Thung 2016, MIT), AquaTrash / TACO (CC BY 4.0, Proenca and Simoes), TIDY (MIT), IBM waste sorter
(Apache-2.0), GroceryStoreDataset (MIT), Azure samples (MIT), Coral test data (Apache-2.0), Tux Paint stamps (GPL-2) and wallpapers of
Debian packages (GPL-2+, CC BY, CC BY-SA). Split {split}, seed {seed}: {train} train, {validation} calibrate, {test} test. Never trained on:
{never}. Photos whose very bytes carry two labels neither train nor calibrate.

## Measured on photos that it never saw
95 % intervals from 1,000 draws of whole groups, or of single photos where there are fewer than ten groups. "wild" are other people's cameras, of groups never trained on; the last
column tells waste from all test photos that show none.

| photos | n | accuracy | macro F1 | plastic bal. acc. | plastic AUROC | plastic ECE | plastic right where answered | ECE | "not sure" | right where answered | scope AUROC |
|---|---|---|---|---|---|---|---|---|---|---|---|
{table}

{taught}

{several}

Out of scope, by source (AUROC against all test waste):

{scopes}

## Calibration
Set on {calibrated_on}: temperature {temperature}, logit of plastic times {plastic_slope} plus {plastic_shift}; "not sure"
below a score of {least_score}, a probability of plastic or not plastic of {least_plastic}, or an in-scope score of
{least_in_scope}. Places differ; at a new one let a few labels tell.

## Known weaknesses
Few wild photos of glass, trash and real cardboard (most "cardboard" off the board are shop cartons). Clear glass and
clear plastic look alike. That the materials' energy is part of the scope score was decided on imagenet_sample, and so
its figure there flatters. Labels follow TrashNet: a foil-lined crisp bag is plastic off the board and trash on it; a paper
cup with a plastic lid is paper.

Data manifest sha256 {manifest}, code {code}.
"""  # noqa: E501


TAUGHT = """Places that it never trained on, taught some labels of each material, drawn by group; the other groups judge. Balanced
accuracy of plastic, mean over several drawings (95 % interval of that mean), and the labels that there were:
"""  # noqa: E501
BALANCED = "plastic.balanced_accuracy"


def card(metadata: Mapping[str, Any]) -> str:
    """The model card (Mitchell et al. 2019) in Markdown."""
    data, results = metadata["data"], metadata["metrics"]
    lines = [_line(name, figures) for name, figures in results.items() if "accuracy" in figures]
    scopes = [
        f"- {name.removeprefix('out_of_scope/')} ({figures['n']} photos): {_number(figures['out_of_scope_auroc'])}"
        for name, figures in results.items()
        if name.startswith("out_of_scope/")
    ]
    calibration = metadata["calibration"]
    return CARD.format(
        materials=", ".join(metadata["labels"]),
        size=metadata["image_size"],
        tuned=metadata["options"]["tuned_share"],
        sources=", ".join(f"{source} ({count})" for source, count in data["photos"].items()),
        train=data["parts"]["train"],
        validation=data["parts"]["validation"],
        test=data["parts"]["test"],
        split=metadata["split"],
        seed=metadata["seed"],
        never=", ".join(data["never_trained"]) or "none",
        table="\n".join(lines),
        scopes="\n".join(scopes) or "- not measured",
        taught=taught_table(metadata["taught"], results),
        several=_several(metadata["several_things"]),
        calibrated_on=metadata["calibrated_on"],
        temperature=f"{calibration['temperature']:.2f}",
        plastic_slope=f"{calibration['plastic_slope']:.2f}",
        plastic_shift=f"{calibration['plastic_shift']:.2f}",
        least_plastic=f"{calibration['least_plastic']:.2f}",
        least_score=f"{calibration['least_score']:.2f}",
        least_in_scope=f"{calibration['least_in_scope']:.2f}",
        latency=metadata["latency"]["median_ms"],
        manifest=data["manifest_sha256"],
        code=metadata["code_version"],
    )


def taught_table(by_source: Mapping[str, Mapping[str, Any]], results: Mapping[str, Any]) -> str:
    """How good answers become at places that teach some labels, in Markdown.

    by_source: of `adapting.taught`. results: the figures by test set.
    """
    if not by_source:
        return "Teaching a place was not measured: no place that shows both was kept out of training."
    counts = list(next(iter(by_source.values())))
    lines = [
        TAUGHT,
        f"| place | untaught | {' | '.join(f'{count} labels of each' for count in counts)} |",
        f"|---|---|{'---|' * len(counts)}",
    ]
    for source, by_count in by_source.items():
        untaught = _number(results[f"wild/{source}"]["plastic"]["balanced_accuracy"])
        lines.append(f"| {source} | {untaught} | {' | '.join(_taught_cell(by_count[count]) for count in counts)} |")
    return "\n".join(lines)


def _taught_cell(figures: Mapping[str, Any]) -> str:
    if BALANCED not in figures["intervals"]:  # in some drawing all that judged were alike
        return "-"
    low, high = figures["intervals"][BALANCED]
    mean = _number(figures["plastic"]["balanced_accuracy"])
    return f"{mean} ({low:.3f} to {high:.3f}), {figures['n_taught']:.0f} labels"


def _several(figures: Mapping[str, float] | None) -> str:
    """How several things in one photo fare."""
    if figures is None:
        return "This version does not look for several things in one photo."
    shares = {name: _number(value) for name, value in figures.items()}
    return (
        f"Several things: in {figures['scenes']} scenes of {PHOTO_SIDE} px with 2 to 5 objects that were cut out of "
        f"test photos and pasted on other grounds, {shares['recall']} of {figures['objects']} objects were found "
        f"(overlap of at least half), "
        f"{shares['precision']} of what was found is one; the material of found ones was right in "
        f"{shares['material_accuracy']}, that of the same objects in their own photos in "
        f"{shares['material_accuracy_alone']}. In {shares['split_share']} of the test photos of one thing more than "
        "one was seen."
    )


def _line(name: str, figures: Mapping[str, Any]) -> str:
    """The table's row of one test set, each figure with its interval."""
    intervals = figures["intervals"]
    plastic = figures["plastic"]
    cells = [
        (figures["accuracy"], "accuracy"),
        (figures["macro_f1"], "macro_f1"),
        (plastic["balanced_accuracy"], BALANCED),
        (plastic["auroc"], "plastic.auroc"),
        (plastic["ece"], "plastic.ece"),
        (plastic["accuracy_when_answered"], "plastic.accuracy_when_answered"),
        (figures["ece"], "ece"),
        (figures["abstained_share"], "abstained_share"),
        (figures["accuracy_when_answered"], "accuracy_when_answered"),
        (figures.get("out_of_scope_auroc"), "out_of_scope_auroc"),
    ]
    texts = [
        _number(value) + (" ({:.3f} to {:.3f})".format(*intervals[key]) if key in intervals else "")
        for value, key in cells
    ]
    return f"| {name} | {figures['n']} | {' | '.join(texts)} |"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
