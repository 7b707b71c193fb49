"""`multi_gpu_model`, which needs what no NumPy program has."""

from minikeras.utils.checks import number


def multi_gpu_model(model, gpus=None, cpu_merge=True, cpu_relocation=False):
    """Refused, with the reason: minikeras computes on the processor.

    Arguments
        model: a model, which can be trained as it is.
        gpus: number of GPUs, or list of their numbers.
        cpu_merge, cpu_relocation: where Keras would put weights.
    """
    wanted = len(gpus) if isinstance(gpus, (list, tuple)) else number(gpus or 0, "gpus")
    if wanted < 2:
        raise ValueError(
            "For multi-gpu usage to be effective, call `multi_gpu_model` with "
            f"`gpus >= 2`. Received: `gpus={gpus}`. Train the model as it is."
        )
    raise ValueError(
        f"To call `multi_gpu_model` with `gpus={gpus}`, {wanted} GPUs are needed. "
        "However minikeras has only ['/cpu:0']: it computes with NumPy, on all cores "
        "of the processor. Train the model as it is."
    )
