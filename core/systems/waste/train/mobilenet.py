"""The network: MobileNetV2 (Sandler et al. 2018) whose last feature map becomes one map per class, averaged to logits.

A 1x1 convolution and a mean commute, so that each class map is the exact class activation map (Zhou et al. 2016) of its
logit: serving needs no gradients to show the deciding region. Six maps are materials, told apart by a softmax; the last
one says whether the photo shows waste at all, by a sigmoid.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import InvalidInput
from core.systems.waste.labels import MATERIALS

if TYPE_CHECKING:  # Keras and TensorFlow take seconds to import and are there for training alone
    import keras
    import tensorflow as tf

OUTPUTS = len(MATERIALS) + 1  # six materials, then "shows waste"
TRUNK_END = "block_5_add"
"""Up to here features are general; from here on the first phase trains. At 160 px: shape (20, 20, 32)."""
BATCH_NORM_MOMENTUM = 0.97  # Keras' 0.999 is too slow for some hundred steps
DROPOUT = 0.2


def build(size: int, backbone: str = "none", width: float = 1.0) -> keras.Model:
    """The untrained network as a Keras model.

    size: side of the square input [px], inputs in [-1, 1]. Outputs: `logits` (batch, 7) and `class_maps`
        (batch, size / 32, size / 32, 7), whose mean over rows and columns is `logits`.
    backbone: "imagenet" (downloads weights), "none" (random), or a weights file without top.
    width: multiplier of the numbers of channels.
    """
    import keras

    if backbone not in ("imagenet", "none") and not Path(backbone).is_file():
        raise InvalidInput(
            expected="a backbone of imagenet, none or a weights file", received=f"{backbone}: no such file"
        )
    weights = {"none": None, "imagenet": "imagenet"}.get(backbone, backbone)
    body = keras.applications.MobileNetV2(input_shape=(size, size, 3), include_top=False, weights=weights, alpha=width)
    features = keras.layers.Dropout(DROPOUT, name="dropout")(body.output)
    maps = keras.layers.Conv2D(OUTPUTS, 1, name="class_maps")(features)
    logits = keras.layers.GlobalAveragePooling2D(name="logits")(maps)
    network = keras.Model(body.input, {"logits": logits, "class_maps": maps}, name="waste")
    for layer in batch_norms(network):
        layer.momentum = BATCH_NORM_MOMENTUM
    return network


def at_size(network: keras.Model, size: int) -> keras.Model:
    """A network for another input size [px] with the weights of `network`; itself if the size is its own."""
    if network.inputs[0].shape[1] == size:
        return network
    other = build(size, width=_width(network))
    other.set_weights(network.get_weights())
    return other


def _width(network: keras.Model) -> float:
    """MobileNetV2's width multiplier, read back from its last block (320 channels at width 1)."""
    return {160: 0.5, 112: 0.35, 240: 0.75}.get(int(network.get_layer("block_16_project").filters), 1.0)


def batch_norms(network: keras.Model) -> list[keras.layers.BatchNormalization]:
    """The network's batch normalisation layers, in order."""
    import keras

    return [layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)]


def is_folded(network: keras.Model) -> bool:
    """Whether the backbone's batch normalisation was folded into its convolutions (all moving means are zero)."""
    return all(not np.any(np.asarray(layer.moving_mean)) for layer in batch_norms(network))


def refill_batch_norm(network: keras.Model, batches: Iterable[np.ndarray]) -> None:
    """Give folded batch normalisation the statistics of `batches`, with scale and shift such that no output changes.

    With y = gamma x + beta before, and mean m and variance v of x measured: gamma' = gamma sqrt(v + eps) and
    beta' = beta + gamma m. Training can then normalise by batch without a jump.
    """
    import keras
    import tensorflow as tf

    layers = batch_norms(network)
    inside = keras.Model(network.input, [layer.input for layer in layers])

    @tf.function(reduce_retracing=True, autograph=False)  # type: ignore[untyped-decorator]
    def moments(batch: tf.Tensor) -> list[tuple[tf.Tensor, tf.Tensor]]:
        exact = [tf.cast(values, tf.float64) for values in inside(batch, training=False)]
        return [(tf.reduce_mean(values, [0, 1, 2]), tf.reduce_mean(values**2, [0, 1, 2])) for values in exact]

    count, sums, squares = 0, [0.0] * len(layers), [0.0] * len(layers)
    for batch in batches:
        for index, (mean, square) in enumerate(moments(batch)):
            sums[index] = sums[index] + mean.numpy()
            squares[index] = squares[index] + square.numpy()
        count += 1
    for layer, total, square in zip(layers, sums, squares, strict=True):
        gamma, beta, old_mean, old_variance = (np.asarray(value, dtype=np.float64) for value in layer.get_weights())
        mean, variance = total / count, np.maximum(square / count - (total / count) ** 2, 0)
        scale = gamma / np.sqrt(old_variance + layer.epsilon)
        shift = beta - scale * old_mean
        layer.set_weights([scale * np.sqrt(variance + layer.epsilon), shift + scale * mean, mean, variance])


def mean_of(networks: Sequence[keras.Model]) -> keras.Model:
    """The first network with the mean of all their weights.

    Of networks trained apart from the same pretrained weights, the mean does better on places that none of them saw
    than each alone, and costs one network's time to serve (Wortsman et al. 2022, Model soups).
    """
    together = zip(*(network.get_weights() for network in networks), strict=True)
    networks[0].set_weights([np.mean(values, axis=0) for values in together])
    return networks[0]


def trunk(network: keras.Model) -> keras.Model:
    """The part that the first phase keeps as it is: photo to features."""
    import keras

    return keras.Model(network.input, network.get_layer(TRUNK_END).output, name="trunk")


def upper(network: keras.Model) -> keras.Model:
    """The part that the first phase trains: features to logits. Shares its weights with `network`."""
    import keras

    return keras.Model(network.get_layer(TRUNK_END).output, network.get_layer("logits").output, name="upper")


def all_layers(network: keras.Model) -> keras.Model:
    """The whole network from photos to logits, sharing its weights, for the last phase.

    Every convolution learns, but the trunk's batch normalisation stays as it was measured: normalising its large
    feature maps by batch would take half of a step's time.
    """
    import keras

    layers = network.layers
    end = [layer.name for layer in layers].index(TRUNK_END)
    for layer in set(batch_norms(network)) & set(layers[: end + 1]):
        layer.trainable = False
    return keras.Model(network.input, network.get_layer("logits").output, name="whole")
