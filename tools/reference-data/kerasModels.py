"""Models of Keras 3 as tensorflowjs_converter writes them, with an input and what Keras makes of it.

    KERAS_BACKEND=jax python tools/reference-data/kerasModels.py > packages/models/src/testing/kerasModels.ts

Needs keras, jax and h5py; written with keras 3.15.1 on a CPU. The converter (tensorflowjs 4.22, `--input_format
keras`) copies `model_config` and the names of weights from the .h5 file; so does this program, which does not need
TensorFlow.
"""

import base64
import json
import os
import tempfile

import h5py
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(1)
random = np.random.default_rng(1)


def sequential():
    """Layers one after the other; weights are named after the model as well."""
    return keras.Sequential(
        [
            keras.Input((6, 5, 2)),
            layers.Conv2D(3, 3, strides=2, padding="same", activation="silu", kernel_regularizer="l2"),
            layers.BatchNormalization(),
            layers.LeakyReLU(negative_slope=0.1),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(2, activation="softmax"),
        ],
        name="seq",
    )


def functional():
    """A model within a model, called twice, an addition and a concatenation."""
    image = keras.Input((4, 4, 1), name="image")
    inner = keras.Sequential([keras.Input((4, 4, 2)), layers.Conv2D(2, 3, padding="same")], name="inner")
    first = inner(layers.Conv2D(2, 1, name="first_conv")(image))
    second = layers.Add()([first, inner(first)])
    joined = layers.Concatenate()([first, second])
    pooled = layers.GlobalAveragePooling2D()(joined)
    normed = layers.LayerNormalization()(layers.ReLU()(pooled))
    return keras.Model(image, layers.Dense(3)(layers.Dropout(0.5)(normed)), name="outer")


def shared():
    """A model of the other kind within a model, called twice, whose outputs are those of the whole."""
    inside = keras.Input((3,))
    inner = keras.Model(inside, layers.Dense(3, activation="tanh", name="inside")(inside), name="twice")
    row = keras.Input((3,))
    return keras.Model(row, inner(inner(row)), name="whole")


def ending():
    """As before, with layers one after the other within."""
    inner = keras.Sequential([keras.Input((3,)), layers.Dense(3, activation="relu", name="step")], name="again")
    row = keras.Input((3,))
    return keras.Model(row, inner(inner(row)), name="whole")


def weights_of(group):
    """Names and values as the converter finds them: layers in the order of their names."""
    if "weight_names" in group.attrs:
        return [(str(name), np.array(group[name], "<f4")) for name in group.attrs["weight_names"]]
    return [weight for key in group for weight in weights_of(group[key])]


def reference(model):
    for variable in model.variables:
        if "seed" not in variable.path:
            variable.assign(random.uniform(0.1, 1, variable.shape))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.h5")
        model.save(path)
        with h5py.File(path) as file:
            topology = {
                "keras_version": file.attrs["keras_version"],
                "backend": file.attrs["backend"],
                "model_config": json.loads(file.attrs["model_config"]),
            }
            weights = weights_of(file["model_weights"])
    values = random.normal(size=(2, *model.input_shape[1:])).astype(np.float32)
    specs = [{"name": name, "shape": list(value.shape), "dtype": "float32"} for name, value in weights]
    return {
        "json": {
            "format": "layers-model",
            "modelTopology": topology,
            "weightsManifest": [{"paths": ["weights.bin"], "weights": specs}],
        },
        "weights": base64.b64encode(b"".join(value.tobytes() for _, value in weights)).decode(),
        "input": values.tolist(),
        "output": np.array(model(values, training=False)).tolist(),
    }


print("/** Models of Keras 3, an input and its output: see tools/reference-data/kerasModels.py. */")
models = {build.__name__: reference(build()) for build in (sequential, functional, shared, ending)}
# As text: a module of JSON this deep takes the compiler long.
print("export const kerasModels = {")
for name, model in models.items():
    print(f"  {name}: {json.dumps(json.dumps(model, separators=(',', ':')))},")
print("};")
