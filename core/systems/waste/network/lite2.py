"""The network: EfficientNet-Lite2 (Tan and Le 2019, without squeeze-excite) with a map per class on its last features.

A 1x1 convolution and a mean commute, so that each class map is the exact class activation map (Zhou et al. 2016) of its
logit: serving needs no gradients to show the deciding region. The means of the last and of shallower features come out
too, scaled: a head that a site was taught reads them. A few layers on finer features say where objects lie.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from core.errors import InvalidInput
from core.systems.waste.data.preprocessing import preprocess
from core.systems.waste.detections import CHANNELS
from core.systems.waste.labels import OUTPUTS

if TYPE_CHECKING:  # Keras and TensorFlow take seconds to import and are there for training alone
    import keras

STAGES = (
    (1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)  # fmt: skip
"""Repeats, kernel, stride, expansion and filters of each stage, before WIDTH and DEPTH."""
WIDTH, DEPTH = 1.1, 1.2
STEM, FEATURES = 32, 1280  # channels, which WIDTH leaves alone
EPSILON = 1e-3
SMALLEST_VARIANCE = 1e-6  # of a feature, which is divided by its deviation
DROPOUT = 0.2
BATCH = 64  # pictures that `run` looks at together
LOGITS, MAPS, FEATURE_MEANS, OBJECTS = "logits", "class_maps", "features", "objects"
"""The network's outputs: (batch, OUTPUTS), (batch, rows, cols, OUTPUTS), (batch, features), and, at twice the rows and
columns, (batch, rows, cols, CHANNELS); see `detections`."""
MEANS, LAST_MEANS = "means_of_features", "means"
"""Layers: the means of the shallower and the last features, not scaled; those of the last alone, FEATURES of them."""
SHALLOWER = ("block10_add", "block14_add", "block19_add")
"""Further features that a site's head reads: less is lost there that nobody asked about in training."""
LAST_FROZEN = "block6_add"  # features at an 8th of the input's size
FINER = "block14_add"  # the last features at a 16th of the input's size, on which objects are found
DETECTOR_CHANNELS = 96
DILATIONS = (1, 2)  # of the detector's layers: an object may span several cells
RARE = -4.0  # logit of a centre at first: few cells hold one


def build(backbone: str = "none", width: float = 1.0) -> keras.Model:
    """The untrained network as a Keras model for inputs of any size, in [-1, 1], whose sides are multiples of 8.

    backbone: "none" (random weights), or a weights file of the network without its head.
    width: multiplier of the numbers of channels; a weights file needs 1.
    """
    import keras

    if backbone != "none" and not Path(backbone).is_file():
        raise InvalidInput(expected="a backbone of none or a weights file", received=f"{backbone}: no such file")
    layers = keras.layers
    inputs = layers.Input((None, None, 3))
    # the weights file was made for inputs of (pixel - 127) / 128
    prepared = layers.Rescaling(127.5 / 128, 0.5 / 128, name="as_pretrained")(inputs)
    last = _body(prepared, width)
    pretrained = keras.Model(prepared, last)
    if backbone != "none":
        pretrained.load_weights(backbone)
    maps = layers.Conv2D(OUTPUTS, 1, name=MAPS)(layers.Dropout(DROPOUT, name="dropout")(last))
    means = [
        layers.GlobalAveragePooling2D(name=f"{name}_means")(pretrained.get_layer(name).output) for name in SHALLOWER
    ]
    means.append(layers.GlobalAveragePooling2D(name=LAST_MEANS)(last))
    together = layers.Concatenate(name=MEANS)(means)
    scaled = layers.BatchNormalization(
        epsilon=SMALLEST_VARIANCE, center=False, scale=False, trainable=False, name=FEATURE_MEANS
    )
    outputs = {LOGITS: layers.GlobalAveragePooling2D(name=LOGITS)(maps), MAPS: maps, FEATURE_MEANS: scaled(together)}
    outputs[OBJECTS] = _objects(pretrained.get_layer(FINER).output, width)
    network = keras.Model(inputs, outputs, name="waste")
    kernel, bias = network.get_layer(OBJECTS).get_weights()
    bias[0] = RARE
    network.get_layer(OBJECTS).set_weights([kernel, bias])
    return network


def body(network: keras.Model) -> keras.Model:
    """The part that is pretrained: prepared photo to last feature map. Shares its weights with `network`."""
    import keras

    return keras.Model(network.get_layer("as_pretrained").output, network.get_layer("head_relu").output, name="body")


def frozen_part(network: keras.Model) -> keras.Model:
    """The part that training leaves alone, from photos to LAST_FROZEN. Shares its weights with `network`."""
    import keras

    return keras.Model(network.input, network.get_layer(LAST_FROZEN).output, name="frozen")


def trained_part(network: keras.Model) -> keras.Model:
    """The part that training changes, from LAST_FROZEN to the logits. Shares its weights with `network`."""
    import keras

    return keras.Model(network.get_layer(LAST_FROZEN).output, network.get_layer(LOGITS).output, name="trained")


def detector(network: keras.Model) -> keras.Model:
    """The part that finds objects, from the features it reads to its map. Shares its weights with `network`."""
    import keras

    return keras.Model(network.get_layer(FINER).output, network.get_layer(OBJECTS).output, name="detector")


def run(part: keras.Model, pictures: Iterable[Image.Image], size: int) -> Iterator[np.ndarray]:
    """What a part of the network makes of pictures at an input of `size` [px], a batch at a time, in order."""
    waiting = iter(pictures)
    while batch := list(islice(waiting, BATCH)):
        yield part.predict_on_batch(np.stack([preprocess(picture, size) for picture in batch]))


def batch_norms(network: keras.Model) -> list[keras.layers.BatchNormalization]:
    """The batch normalisation layers between convolutions, in order."""
    import keras

    norms = [layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)]
    return [layer for layer in norms if layer.name != FEATURE_MEANS]


def freeze(network: keras.Model) -> None:
    """Let training leave the first layers, and all batch normalisation, as they were measured on ImageNet.

    The features stay near those that carry over to other places, and a step takes a third of the time.
    """
    for layer in [*frozen_part(network).layers, *batch_norms(network)]:
        layer.trainable = False


def _body(inputs: keras.KerasTensor, width: float) -> keras.KerasTensor:
    """The last feature map, FEATURES channels at a 32nd of the input's size."""
    from keras.layers import ReLU

    values = _normalised(_convolution(inputs, round_channels(STEM, width), 3, 2, "stem_conv"), "stem_bn")
    values = ReLU(6, name="stem_relu")(values)
    number = 0
    for stage, (repeats, kernel, stride, expansion, filters) in enumerate(STAGES):
        inner = 0 < stage < len(STAGES) - 1
        for repeat in range(math.ceil(repeats * DEPTH) if inner else repeats):
            strides, out = stride if repeat == 0 else 1, round_channels(filters, WIDTH * width)
            values = _block(values, f"block{number}_", kernel, strides, expansion, out)
            number += 1
    values = _normalised(_convolution(values, round_channels(FEATURES, width), 1, 1, "head_conv"), "head_bn")
    return ReLU(6, name="head_relu")(values)


def _block(
    inputs: keras.KerasTensor, name: str, kernel: int, stride: int, expansion: int, filters: int
) -> keras.KerasTensor:
    """An inverted residual block (Sandler et al. 2018)."""
    from keras.layers import Add, DepthwiseConv2D, ReLU

    channels, values = inputs.shape[-1], inputs
    if expansion != 1:
        values = _normalised(_convolution(values, channels * expansion, 1, 1, f"{name}expand"), f"{name}bn0")
        values = ReLU(6, name=f"{name}relu0")(values)
    values = DepthwiseConv2D(kernel, stride, padding="same", use_bias=False, name=f"{name}dw")(values)
    values = ReLU(6, name=f"{name}relu1")(_normalised(values, f"{name}bn1"))
    values = _normalised(_convolution(values, filters, 1, 1, f"{name}project"), f"{name}bn2")
    return Add(name=f"{name}add")([inputs, values]) if stride == 1 and channels == filters else values


def _objects(values: keras.KerasTensor, width: float) -> keras.KerasTensor:
    """The map of objects from finer features: separable convolutions, then one of a cell to CHANNELS."""
    from keras.layers import Conv2D, DepthwiseConv2D, ReLU

    channels = round_channels(DETECTOR_CHANNELS, width)
    values = ReLU(6, name="objects_relu")(Conv2D(channels, 1, name="objects_conv")(values))
    for number, dilation in enumerate(DILATIONS):
        values = DepthwiseConv2D(3, padding="same", dilation_rate=dilation, name=f"objects_dw{number}")(values)
        values = ReLU(6, name=f"objects_relu{number}")(Conv2D(channels, 1, name=f"objects_conv{number}")(values))
    return Conv2D(CHANNELS, 1, name=OBJECTS)(values)


def _convolution(inputs: keras.KerasTensor, filters: int, kernel: int, stride: int, name: str) -> keras.KerasTensor:
    from keras.layers import Conv2D

    return Conv2D(filters, kernel, stride, padding="same", use_bias=False, name=name)(inputs)


def _normalised(inputs: keras.KerasTensor, name: str) -> keras.KerasTensor:
    from keras.layers import BatchNormalization

    return BatchNormalization(epsilon=EPSILON, name=name)(inputs)


def round_channels(channels: int, width: float) -> int:
    """A number of channels times a width, as a multiple of 8 that loses at most a tenth."""
    wanted = channels * width
    rounded = max(8, int(wanted + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * wanted else rounded
