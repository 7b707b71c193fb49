"""There are no pre-trained networks here: every name is refused with the reason."""


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    raise ImportError(
        f"minikeras has no keras.applications.{name}: networks with weights trained on "
        "ImageNet are files of 15 to 550 MB. Save the model in Keras 2 "
        "(model.save('model.h5')) and read it with minikeras.models.load_model, or "
        "build its layers and train them."
    )
